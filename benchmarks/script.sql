-- The marts as one script makes them, written by hand for DuckDB and typed Parquet files alone: what the project's build is measured
-- against. No rejected records, no reconciliation, no warnings, no tests. Raw rows are read through views, only narrow tables are kept, and rows are
-- counted before they are joined. bench.py sets the variables raw_data and seeds.

create temp macro is_padded(value) as
    value < '!' or strlen(value) <> length(value)
    or ends_with(value, ' ') or ends_with(value, e'\t') or ends_with(value, e'\r') or ends_with(value, e'\n');
create temp macro trimmed(value) as nullif(trim(value, e' \t\r\n\u00a0\u202f\u200b\u200c\u200d\u2060\ufeff'), '');
create temp macro cleaned(value) as case when is_padded(value) then trimmed(value) else value end;
-- Ids are cleaned only where cheap comparisons find that they may not be clean.
create temp macro is_odd(value) as
    is_padded(value) or value[1] in ('=', chr(39)) or contains(value, '.') or contains(value, '+');
create temp macro id(value) as case
    when is_odd(value)
        then regexp_replace(
            trimmed(regexp_replace(regexp_replace(trimmed(value), '^="(.*)"$', '\1'), '^\x27', '')),
            '^([0-9]{1,15}|[1-8][0-9]{15}|900[0-6][0-9]{12})[.]0+$', '\1'
        )
    else value
end;
create temp macro is_damaged(value) as
    coalesce(regexp_full_match(value, '[0-9]+(?:[.]0+|(?:[.,][0-9]+)?[eE][+][0-9]+)'), false);
create temp macro is_unfilled(value) as regexp_full_match(value, '.*[{].*[}].*|__[A-Z_]+__', 's');
create temp macro tag_value(value) as case
    when
        lower(cleaned(value)) not in ('(not set)', '(none)', '(direct)', '(data not available)', '(data deleted)', '<other>')
        and not is_unfilled(cleaned(value))
        then cleaned(value)
end;
create temp macro campaign_value(value) as case
    when lower(cleaned(value)) not in ('(organic)', '(referral)', '(not provided)', '(ai-assistant)') then tag_value(value)
end;
create temp macro ignoring_case(value) as replace(replace(lower(value), 'i̇', 'i'), 'ς', 'σ');
create temp macro is_moment(value) as
    coalesce(value between timestamp '1990-01-01' and cast(now() at time zone 'UTC' as timestamp) + interval 24 hours, false);
create temp macro is_load(value) as value is null or is_moment(value);
create temp macro is_amount(value) as abs(value) < 1000000000000;
create temp macro money(value) as cast(value as numeric(28, 6));
create temp macro ratio(numerator, denominator) as cast(numerator as double) / nullif(cast(denominator as double), 0);

create temp table placeholders as
from read_csv(getvariable('seeds') || '/placeholder_ids.csv', all_varchar = true, header = true);

create temp table rates as
with ranges as (
    select
        upper(cleaned(currency)) as currency,
        cast(valid_from as date) as valid_from,
        lead(cast(valid_from as date), 1, date 'infinity') over (partition by upper(cleaned(currency)) order by valid_from) as valid_until,
        cast(rate as numeric(18, 9)) as rate
    from read_csv(getvariable('raw_data') || '/exchange_rates.csv', all_varchar = true)
    where upper(cleaned(currency)) <> 'USD'
)
from ranges
union all
select 'USD', date '-infinity', date 'infinity', 1;
create temp macro is_rate(rate, told_currency, day) as
    rate.currency = coalesce(told_currency, 'USD') and rate.valid_from <= day and rate.valid_until > day;

-- Campaign metrics: exact copies count once, loads that contradict themselves and days of two levels not at all, and the newest
-- load of a key stands.
create temp table metrics as
with told as (
    select distinct
        cast(metric_date as date) as metric_date, cleaned(platform) as platform, id(campaign_id) as campaign_id,
        id(ad_id) as ad_id, loaded_at, cleaned(campaign_name) as campaign_name, cast(impressions as bigint) as impressions,
        cast(clicks as bigint) as clicks, cast(spend as numeric(28, 9)) as spend, upper(cleaned(currency)) as currency
    from read_parquet(getvariable('raw_data') || '/campaign_metrics/*.parquet')
    where
        is_moment(metric_date) and cleaned(platform) is not null and id(campaign_id) is not null and is_load(loaded_at)
        and not is_damaged(id(campaign_id)) and not is_damaged(id(ad_id))
        and coalesce(impressions >= 0, true) and coalesce(clicks >= 0, true) and coalesce(is_amount(spend), true)
),
agreed as (
    select
        metric_date, platform, campaign_id, ad_id, loaded_at,
        any_value(struct_pack(campaign_name, impressions, clicks, spend, currency)) as figures
    from told
    group by all
    having count(*) = 1
),
two_levels as (
    select metric_date, platform, campaign_id from told group by all having count(ad_id) between 1 and count(*) - 1
)
select * exclude (figures), figures.*
from agreed anti join two_levels using (metric_date, platform, campaign_id)
qualify row_number() over (partition by metric_date, platform, campaign_id, ad_id order by loaded_at desc nulls last) = 1;

-- Sessions: most rows are valid, unpadded and alone with their key, and are read where they lie. Only the others are copied and ranked.
create temp view raw_sessions as
select *, file_index, file_row_number
from read_parquet(getvariable('raw_data') || '/sessions/*.parquet');

-- Half a hash takes half the memory; keys that share it by chance are ranked in vain.
create temp macro half_hash(value) as cast(hash(value) >> 32 as uinteger);
create temp table repeated_keys as
select half_hash(id(session_id)) as half_hash
from raw_sessions
group by all
having count(*) > 1;

create temp table unusual_sessions as
with found as (
    from raw_sessions
    where
        session_id is null or is_odd(session_id) or is_odd(anonymous_id) or is_odd(user_id) or is_odd(campaign_id)
        or (anonymous_id is null and user_id is null) or not is_moment(started_at) or not is_load(loaded_at)
        or lower(anonymous_id) in (select placeholder_id from placeholders)
        or lower(user_id) in (select placeholder_id from placeholders)
        or half_hash(id(session_id)) in (select half_hash from repeated_keys)
),
known as (
    select
        file_index, file_row_number, id(session_id) as session_id,
        case when lower(id(anonymous_id)) not in (select placeholder_id from placeholders) then id(anonymous_id) end as anonymous_id,
        case when lower(id(user_id)) not in (select placeholder_id from placeholders) then id(user_id) end as user_id,
        started_at, tag_value(utm_source) as utm_source, tag_value(utm_medium) as utm_medium,
        campaign_value(utm_campaign) as utm_campaign, id(campaign_id) as campaign_id, cleaned(landing_page) as landing_page, loaded_at
    from found
),
judged as (
    select
        *,
        session_id is not null and coalesce(anonymous_id, user_id) is not null and is_moment(started_at) and is_load(loaded_at)
        and not is_damaged(session_id) and not is_damaged(anonymous_id) and not is_damaged(user_id)
        and not is_damaged(campaign_id) as is_valid
    from known
),
agreed as (
    select *
    from judged
    qualify not coalesce(
        is_valid and min(anonymous_id) over (partition by session_id, loaded_at, is_valid)
        <> max(anonymous_id) over (partition by session_id, loaded_at, is_valid), false
    )
)
select
    *,
    is_valid and row_number() over (
        partition by session_id, is_valid
        order by
            loaded_at desc nulls last, started_at desc, anonymous_id desc nulls last, user_id desc nulls last,
            utm_source desc nulls last, utm_medium desc nulls last, utm_campaign desc nulls last,
            campaign_id desc nulls last, landing_page desc nulls last
    ) = 1 as is_kept
from agreed
union all by name
-- What contradicts itself is left out of the rows that are read where they lie, too.
select judged.*, false as is_kept from judged anti join agreed using (file_index, file_row_number);

create temp macro parameter(page, name) as
    nullif(replace(replace(regexp_extract(page, '[?&]' || name || '=([^&#]*)', 1), '+', ' '), '%20', ' '), '');
create temp view sessions as
with accepted as (
    select session_id, anonymous_id, user_id, started_at, utm_source, utm_medium, utm_campaign, campaign_id, landing_page
    from raw_sessions anti join unusual_sessions using (file_index, file_row_number)
    union all
    select session_id, anonymous_id, user_id, started_at, utm_source, utm_medium, utm_campaign, campaign_id, landing_page
    from unusual_sessions
    where is_kept
),
tagged as (
    select
        * exclude (utm_source, utm_medium, utm_campaign),
        coalesce(utm_source, utm_medium, utm_campaign) is null and contains(landing_page, 'utm_') as is_tagged_by_page,
        case when is_tagged_by_page then parameter(landing_page, 'utm_source') else utm_source end as utm_source,
        case when is_tagged_by_page then parameter(landing_page, 'utm_medium') else utm_medium end as utm_medium,
        case when is_tagged_by_page then parameter(landing_page, 'utm_campaign') else utm_campaign end as utm_campaign
    from accepted
)
select
    session_id, anonymous_id, user_id, started_at, utm_source, utm_medium, utm_campaign, campaign_id,
    case
        when contains(landing_page, '?') and tag_value(utm_source) is null and tag_value(utm_medium) is null
            then '&' || regexp_replace(regexp_replace(landing_page, '^[^?]*[?]|#.*$', '', 'g'), '=[^&]+', '', 'g') || '&'
    end as parameters
from tagged;

-- Conversions are few enough to be copied.
create temp table valid_conversions as
with cleaned_conversions as (
    select
        id(conversion_id) as conversion_id,
        case when lower(id(user_id)) not in (select placeholder_id from placeholders) then id(user_id) end as user_id,
        id(session_id) as session_id, converted_at, ignoring_case(cleaned(conversion_type)) as type,
        cast(revenue as numeric(28, 9)) as revenue, upper(cleaned(currency)) as currency, loaded_at
    from read_parquet(getvariable('raw_data') || '/conversions/*.parquet')
)
from cleaned_conversions
where
    conversion_id is not null and is_moment(converted_at) and type is not null and is_load(loaded_at)
    and not is_damaged(conversion_id) and not is_damaged(user_id) and not is_damaged(session_id)
    and (user_id is not null or session_id is not null) and coalesce(is_amount(revenue), type not in ('purchase', 'refund'))
    and not coalesce(revenue < 0 and type = 'purchase', false);

create temp table conversions as
with repeated as (
    select conversion_id from valid_conversions group by all having count(*) > 1
),
agreed as (
    from valid_conversions semi join repeated using (conversion_id)
    qualify
        count(distinct (type, revenue, coalesce(currency, 'USD'))) over (partition by conversion_id, loaded_at) = 1
        and count(distinct user_id) over (partition by conversion_id, loaded_at) <= 1
),
newest as (
    from agreed
    qualify row_number() over (
        partition by conversion_id
        order by
            loaded_at desc nulls last, converted_at desc, user_id desc nulls last, session_id desc nulls last, type desc,
            revenue desc nulls last, currency desc nulls last
    ) = 1
)
from valid_conversions anti join repeated using (conversion_id)
union all
from newest;

-- Channels and campaigns are looked up once per tag, that is per distinct tuple as it was written.
create temp table tag_days as
select
    utm_source, utm_medium, utm_campaign, campaign_id, parameters, cast(started_at as date) as day, count(*) as sessions,
    max(started_at) as last_started_at
from sessions
group by all;

create temp table platform_campaigns as
with described as (
    select
        campaign_id,
        arg_max(platform, (metric_date, coalesce(loaded_at, timestamp '-infinity'), platform)) as platform,
        arg_max(campaign_name, (metric_date, coalesce(loaded_at, timestamp '-infinity'), campaign_name))
            filter (campaign_name is not null) as campaign_name,
        min(metric_date) as first_date,
        max(metric_date) as last_date
    from metrics
    group by all
)
select described.*, coalesce(listed.channel, 'Other') as channel
from described
left join read_csv(getvariable('seeds') || '/platform_channels.csv', all_varchar = true) as listed
    on ignoring_case(described.platform) = ignoring_case(cleaned(listed.platform));

create temp table tags as
with found as (
    select distinct
        utm_source as raw_source, utm_medium as raw_medium, utm_campaign as raw_campaign, campaign_id as raw_campaign_id, parameters,
        tag_value(utm_source) as utm_source, tag_value(utm_medium) as utm_medium, campaign_value(utm_campaign) as utm_campaign,
        ignoring_case(campaign_value(utm_campaign)) as key, cleaned(campaign_id) as tagged_id
    from tag_days
),
numbered as (
    select *, cast(row_number() over () as integer) as tag from found
),
-- Of the rules all but the last one, which tells nothing.
rules as (
    from read_csv(getvariable('seeds') || '/channel_rules.csv', all_varchar = true, header = true, quote = '"')
    qualify cast(rule_order as bigint) < max(cast(rule_order as bigint)) over ()
),
ruled as (
    select tag, arg_min(rules.channel, cast(rule_order as bigint)) as rule_channel
    from numbered inner join rules
        on
            coalesce(utm_source, utm_medium) is not null
            and regexp_full_match(ignoring_case(coalesce(utm_source, '')), ignoring_case(utm_source_pattern), 's')
            and regexp_full_match(ignoring_case(coalesce(utm_medium, '')), ignoring_case(utm_medium_pattern), 's')
    group by all
),
clicked as (
    select tag, arg_min(click_ids.channel, cast(click_id_order as bigint)) as click_channel
    from numbered
    inner join read_csv(getvariable('seeds') || '/click_ids.csv', all_varchar = true, header = true, quote = '"') as click_ids
        on contains(lower(parameters), '&' || lower(parameter) || '&')
    group by all
),
-- What is ambiguous is left out of these lookups.
ids as (
    select ignoring_case(campaign_id) as key, min(campaign_id) as campaign_id from platform_campaigns group by all having count(*) = 1
),
names as (
    select distinct ignoring_case(metrics.campaign_name) as key, channel as rule_channel, campaign_id
    from metrics inner join platform_campaigns using (campaign_id)
    where metrics.campaign_name is not null
),
names_in_channel as (
    select key, rule_channel, min(campaign_id) as campaign_id from names group by all having count(*) = 1
),
names_anywhere as (
    select key, min(campaign_id) as campaign_id from names group by all having count(*) = 1
),
resolved as (
    select
        numbered.*, rule_channel, click_channel,
        coalesce(by_id.campaign_id, by_utm.campaign_id, ids.campaign_id) as id_campaign,
        case when rule_channel is null then names_anywhere.campaign_id else names_in_channel.campaign_id end as name_campaign
    from numbered
    left join ruled using (tag)
    left join clicked using (tag)
    left join platform_campaigns as by_id on numbered.tagged_id = by_id.campaign_id
    left join platform_campaigns as by_utm on numbered.utm_campaign = by_utm.campaign_id
    left join ids using (key)
    left join names_in_channel using (key, rule_channel)
    left join names_anywhere using (key)
)
select
    raw_source, raw_medium, raw_campaign, raw_campaign_id, parameters, utm_source, utm_medium, utm_campaign, tag,
    coalesce(
        known.channel, rule_channel, named.channel, click_channel,
        case when coalesce(utm_source, utm_medium, utm_campaign, tagged_id) is null or lower(utm_source) = 'direct' then 'Direct' end,
        'Other'
    ) as channel,
    coalesce(id_campaign, name_campaign, tagged_id, key) as campaign_id
from resolved
left join platform_campaigns as known on resolved.id_campaign = known.campaign_id
left join platform_campaigns as named on resolved.name_campaign = named.campaign_id;

create temp macro is_tagged(row, tag) as
    row.utm_source is not distinct from tag.raw_source and row.utm_medium is not distinct from tag.raw_medium
    and row.utm_campaign is not distinct from tag.raw_campaign and row.campaign_id is not distinct from tag.raw_campaign_id
    and row.parameters is not distinct from tag.parameters;

-- Who came: the owners of devices, and the customers of conversions.
create temp table conversion_sessions as
select session_id, anonymous_id, user_id, started_at, tag, channel, tags.campaign_id
from sessions semi join conversions using (session_id)
inner join tags on is_tagged(sessions, tags);

create temp table owners as
with sightings as (
    select anonymous_id, user_id, session_id, started_at as seen_at from sessions
    union all
    select conversion_sessions.anonymous_id, conversions.user_id, session_id, conversions.converted_at as seen_at
    from conversions inner join conversion_sessions using (session_id)
)
select anonymous_id, arg_max(user_id, (seen_at, session_id, user_id)) as user_id
from sightings
where anonymous_id is not null and user_id is not null
group by all;

create temp table valued as
select
    conversions.conversion_id,
    coalesce(conversions.user_id, visit.user_id, owners.user_id, 'anon:' || visit.anonymous_id) as customer_id,
    conversions.session_id,
    conversions.converted_at,
    cast(conversions.converted_at as date) as day,
    conversions.type = 'purchase' as is_purchase,
    money(case when conversions.revenue = 0 then 0 else round(abs(conversions.revenue) * rates.rate, 6) end) as amount,
    coalesce(visit.channel <> 'Direct', false) as has_telling_session,
    case when has_telling_session then visit.campaign_id end as own_campaign_id,
    visit.channel as own_channel
from conversions
left join rates on is_rate(rates, conversions.currency, cast(conversions.converted_at as date))
left join conversion_sessions as visit on conversions.session_id = visit.session_id
left join owners on visit.anonymous_id = owners.anonymous_id
where conversions.type in ('purchase', 'refund') and (conversions.revenue = 0 or rates.rate is not null);

create temp table buyers as
with found as (
    select
        customer_id,
        min(converted_at) as first_purchase_at,
        arg_min_null(session_id, (converted_at, conversion_id)) as first_session_id,
        min(converted_at) filter (not has_telling_session) - interval 720 hours as searched_from,
        max(converted_at) filter (not has_telling_session) as searched_until
    from valued
    where is_purchase and customer_id is not null
    group by all
)
select cast(row_number() over () as integer) as buyer, * from found;

-- Sessions that may have brought a buyer or earned a later purchase. Where nobody is logged in, the device's owner came.
create temp table touches as
with buyer_ids as (
    select customer_id as id, false as is_device, * exclude (customer_id, first_session_id) from buyers
    union all
    select owners.anonymous_id, true, buyers.* exclude (customer_id, first_session_id)
    from buyers inner join owners on buyers.customer_id = owners.user_id
    union all
    select substr(customer_id, 6), true, buyers.* exclude (customer_id, first_session_id)
    from buyers anti join owners on substr(buyers.customer_id, 6) = owners.anonymous_id
    where starts_with(customer_id, 'anon:')
)
select buyer, session_id, started_at, started_at <= first_purchase_at as is_before_first_purchase, tag, channel
from sessions
inner join buyer_ids on coalesce(sessions.user_id, sessions.anonymous_id) = id and (sessions.user_id is null) = is_device
inner join tags on is_tagged(sessions, tags)
where started_at <= first_purchase_at or (started_at between searched_from and searched_until and channel <> 'Direct');

create table customer_ltv as
with candidates as (
    select buyer, session_id, started_at, tag from touches where is_before_first_purchase
    union all
    select buyer, session_id, started_at, tag
    from buyers inner join conversion_sessions on buyers.first_session_id = conversion_sessions.session_id
),
acquired as (
    select buyer, min(started_at) as acquired_at, arg_min(tag, (started_at, session_id)) as tag from candidates group by all
),
observed as (
    select max(converted_at) as observed_until from conversions where converted_at <= now() at time zone 'UTC'
),
summed_up as (
    select
        buyer,
        (min(converted_at, 2) filter (is_purchase))[2] as second_purchase_at,
        max(converted_at) filter (is_purchase) as last_purchase_at,
        count(*) filter (is_purchase) as purchase_count,
        money(coalesce(sum(amount) filter (is_purchase), 0)) as gross_revenue,
        money(coalesce(sum(amount) filter (not is_purchase), 0)) as refunded_revenue,
        sum(signed_amount) filter (converted_at < first_purchase_at + interval 720 hours) as first_30,
        sum(signed_amount) filter (converted_at < first_purchase_at + interval 2160 hours) as first_90,
        sum(signed_amount) filter (converted_at < first_purchase_at + interval 8760 hours) as first_365
    from (select *, case when is_purchase then amount else -amount end as signed_amount from valued)
    inner join buyers using (customer_id)
    group by all
)
select
    customer_id,
    coalesce(tags.channel, 'Unknown') as acquisition_channel,
    tags.utm_source as acquisition_source,
    tags.utm_medium as acquisition_medium,
    tags.campaign_id as acquisition_campaign_id,
    acquired_at, first_purchase_at, second_purchase_at, last_purchase_at, purchase_count,
    purchase_count > 1 as is_repeat_customer,
    gross_revenue, refunded_revenue,
    money(gross_revenue - refunded_revenue) as total_revenue,
    ratio(gross_revenue, purchase_count) as average_order_value,
    money(case when observed_until >= first_purchase_at + interval 720 hours then first_30 end) as revenue_first_30_days,
    money(case when observed_until >= first_purchase_at + interval 2160 hours then first_90 end) as revenue_first_90_days,
    money(case when observed_until >= first_purchase_at + interval 8760 hours then first_365 end) as revenue_first_365_days,
    case when total_revenue >= 500 then 'high' when total_revenue >= 100 then 'medium' else 'low' end as ltv_tier
from buyers
inner join summed_up using (buyer)
left join acquired using (buyer)
left join tags using (tag)
cross join observed;

-- Purchases are credited to their own session, else to the buyer's last session that tells something; refunds to the last purchase.
create temp table credited as
with last_touches as (
    select conversion_id, arg_max(touches.tag, (touches.started_at, touches.session_id)) as tag
    from valued
    inner join buyers using (customer_id)
    inner join touches
        on buyers.buyer = touches.buyer and touches.started_at between valued.converted_at - interval 720 hours and valued.converted_at
    where is_purchase and not has_telling_session and touches.channel <> 'Direct'
    group by all
),
purchases as materialized (
    select
        valued.*, coalesce(own_campaign_id, tags.campaign_id) as campaign_id,
        coalesce(case when has_telling_session then own_channel end, tags.channel, own_channel, 'Unknown') as channel
    from valued left join last_touches using (conversion_id) left join tags using (tag)
    where is_purchase
),
refunds as (
    select
        valued.*,
        arg_max({'campaign_id': purchases.campaign_id, 'channel': purchases.channel}, (purchases.converted_at, purchases.conversion_id))
            as purchase
    from valued left join purchases on valued.customer_id = purchases.customer_id and purchases.converted_at <= valued.converted_at
    where not valued.is_purchase
    group by all
)
from purchases
union all by name
select * exclude (purchase), purchase.campaign_id, coalesce(purchase.channel, 'Unknown') as channel from refunds;

create temp table credits as
select
    campaign_id, day, count(*) filter (is_purchase) as conversions, sum(case when is_purchase then amount else -amount end) as revenue,
    coalesce(sum(amount) filter (is_purchase), 0) as gross_revenue
from credited
where campaign_id is not null
group by all;

create table orders as
with numbered as (
    select conversion_id, row_number() over (partition by customer_id order by converted_at, conversion_id) as purchase_number
    from valued
    where is_purchase and customer_id is not null
)
select
    conversion_id, case when is_purchase then 'purchase' else 'refund' end as conversion_type, customer_id, converted_at,
    day as conversion_date, purchase_number, acquisition_channel, credited.channel, campaign_id,
    money(case when is_purchase then amount else 0 end) as gross_revenue,
    money(case when is_purchase then 0 else amount end) as refunded_revenue,
    money(case when is_purchase then amount else -amount end) as net_revenue
from credited
left join numbered using (conversion_id)
left join customer_ltv using (customer_id);

create temp table campaign_days as
with counted as (
    select
        campaign_id, metric_date as activity_date, impressions, clicks, 0 as sessions, 0 as conversions,
        money(case when spend = 0 then 0 else round(spend * rate, 6) end) as spend, 0 as revenue, 0 as gross_revenue
    from metrics left join rates on is_rate(rates, metrics.currency, metrics.metric_date)
    where coalesce(spend, 0) = 0 or rate is not null
    union all
    select tags.campaign_id, day, null, null, sessions, 0, null, 0, 0 from tag_days inner join tags on is_tagged(tag_days, tags)
    union all
    select campaign_id, day, null, null, 0, conversions, null, revenue, gross_revenue from credits
)
select
    campaign_id, activity_date,
    cast(sum(impressions) as numeric(38, 0)) as impressions, cast(sum(clicks) as numeric(38, 0)) as clicks,
    cast(sum(sessions) as bigint) as sessions, cast(sum(conversions) as bigint) as conversions,
    money(sum(spend)) as spend, money(sum(revenue)) as revenue, money(sum(gross_revenue)) as gross_revenue
from counted
where campaign_id is not null
group by all;

create table campaign_funnel_daily as
select * exclude (gross_revenue) from campaign_days;

create temp table periods as
with days as (
    select min(metric_date) as first_day, max(metric_date) as last_day from metrics
),
all_days as (
    select metric_date as day from metrics
    union all
    select day from tag_days
    union all
    select cast(converted_at as date) from conversions
)
select 'all_time' as period, min(day) as period_start, max(day) as period_end from all_days
union all
select 'last_30_days', last_day - 29, last_day from days
union all
select 'previous_30_days', last_day - 59, last_day - 30 from days;

create temp table campaigns as
with told as (
    select period, metrics.*
    from metrics inner join periods on metric_date between period_start and period_end
),
known as (
    select
        period,
        campaign_id,
        arg_max(platform, (metric_date, coalesce(loaded_at, timestamp '-infinity'), platform)) as platform,
        arg_max(campaign_name, (metric_date, coalesce(loaded_at, timestamp '-infinity'), campaign_name))
            filter (campaign_name is not null) as campaign_name,
        min(metric_date) as first_date,
        max(metric_date) as last_date
    from told
    group by all
),
visited as (
    select
        period, tags.campaign_id, channel, sum(sessions) as sessions, min(day) as first_date, max(day) as last_date,
        arg_max(tags.utm_campaign, (last_started_at, tags.utm_campaign)) filter (tags.utm_campaign is not null) as utm_campaign,
        max(last_started_at) filter (tags.utm_campaign is not null) as last_started_at
    from tag_days
    inner join tags on is_tagged(tag_days, tags)
    inner join periods on day between period_start and period_end
    where tags.campaign_id is not null
    group by all
),
seen as (
    select
        period, campaign_id, first(channel order by sessions desc, channel) as channel, min(first_date) as first_date,
        max(last_date) as last_date,
        arg_max(utm_campaign, (last_started_at, utm_campaign)) filter (utm_campaign is not null) as utm_campaign
    from visited
    group by all
),
totals as (
    select
        period, campaign_id, cast(sum(impressions) as numeric(38, 0)) as impressions, cast(sum(clicks) as numeric(38, 0)) as clicks,
        cast(sum(sessions) as bigint) as sessions, cast(sum(conversions) as bigint) as conversions,
        money(sum(spend)) as spend, money(sum(revenue)) as revenue, money(sum(gross_revenue)) as gross_revenue
    from campaign_days inner join periods on activity_date between period_start and period_end
    group by all
),
described as (
    select
        period, campaign_id,
        coalesce(known.campaign_name, seen.utm_campaign, campaign_id) as campaign_name,
        known.platform,
        case when known.platform is not null then coalesce(listed.channel, 'Other') else seen.channel end as channel,
        least(known.first_date, seen.first_date) as first_active_date,
        greatest(known.last_date, seen.last_date) as last_active_date,
        impressions, clicks, coalesce(totals.sessions, 0) as sessions, coalesce(totals.conversions, 0) as conversions,
        spend, money(coalesce(totals.revenue, 0)) as revenue, money(coalesce(totals.gross_revenue, 0)) as gross_revenue,
        case
            when known.platform is null then 'no_metrics'
            when coalesce(totals.sessions, 0) = 0 then 'no_sessions'
            when totals.sessions > clicks then 'sessions_exceed_clicks'
            else 'tracked'
        end as tracking_status
    from known
    full join seen using (period, campaign_id)
    left join totals using (period, campaign_id)
    left join read_csv(getvariable('seeds') || '/platform_channels.csv', all_varchar = true) as listed
        on ignoring_case(known.platform) = ignoring_case(cleaned(listed.platform))
),
groups as (
    select campaign_name, arg_min(campaign_group, cast(rule_order as bigint)) as campaign_group
    from (select distinct campaign_name from described)
    inner join read_csv(getvariable('seeds') || '/campaign_groups.csv', all_varchar = true, header = true, quote = '"')
        on regexp_full_match(ignoring_case(campaign_name), ignoring_case(campaign_name_pattern), 's')
    group by all
)
select described.*, coalesce(campaign_group, 'other') as campaign_group
from described left join groups using (campaign_name);

-- The others of a channel and group where there are two, else all others.
create temp table steps as
with portfolio as (
    select
        *,
        count(*) over (partition by period, channel, campaign_group) > 2 as is_in_channel,
        count(*) over (partition by period) > 1 as is_compared
    from campaigns
    where impressions > 0 and tracking_status <> 'no_sessions'
),
sides as (
    select
        *,
        unnest([
            {'step': 1, 'entered': cast(impressions as numeric(38, 6)), 'continued': clicks, 'variance': 0.01},
            {'step': 2, 'entered': clicks, 'continued': sessions, 'variance': 0.01},
            {'step': 3, 'entered': sessions, 'continued': conversions, 'variance': 0.01},
            {'step': 4, 'entered': impressions, 'continued': conversions, 'variance': null},
            {'step': 5, 'entered': case when spend > 0 then spend end, 'continued': conversions, 'variance': 0.02}
        ], max_depth := 2)
    from portfolio
),
summed_up as (
    select
        period, campaign_id, channel, campaign_group, is_in_channel, is_compared, step,
        cast(entered as double) as entered, cast(continued as double) as continued, variance,
        case when continued is null then 0 else coalesce(entered, 0) end as came,
        case when entered is null then 0 else coalesce(continued, 0) end as went,
        case when is_in_channel then sum(came) over same when is_compared then sum(came) over every end - came as others_came,
        case when is_in_channel then sum(went) over same when is_compared then sum(went) over every end - went as others_went,
        case when is_in_channel then sum(gross_revenue) over same when is_compared then sum(gross_revenue) over every end
        - gross_revenue as others_revenue
    from sides
    window same as (partition by period, step, channel, campaign_group), every as (partition by period, step)
),
typed as (
    select
        * exclude (came, went, others_came, others_went, others_revenue), cast(others_came as double) as others_came,
        cast(others_went as double) as others_went, cast(others_revenue as double) as others_revenue
    from summed_up
)
select
    *,
    entered * others_went / nullif(others_came, 0) as expected,
    (continued + 5) * nullif(others_came, 0) / nullif(entered * others_went + 5 * others_came, 0) as index,
    ln((continued + 0.5) / (expected + 0.5))
    / sqrt(1 / (continued + 0.5) + 1 / (others_went + 0.5) + 2 * cast(variance as double)) as z
from typed;

create temp macro nine(value) as round(value, 9);
create table campaign_funnel_periods as
with pivoted as (
    select
        period, campaign_id, channel, campaign_group, is_in_channel, is_compared,
        max(index) filter (step = 1) as index_1, max(index) filter (step = 2) as index_2, max(index) filter (step = 3) as index_3,
        max(z) filter (step = 3) as z_3, max(expected) filter (step = 3) as expected_3,
        max(others_went / nullif(others_came, 0)) filter (step = 2) as rate_2,
        max(others_went / nullif(others_came, 0)) filter (step = 3) as rate_3,
        max(entered) filter (step = 4) as impressions, max(continued) filter (step = 4) as conversions,
        max(others_came) filter (step = 4) as others_impressions, max(others_went) filter (step = 4) as others_conversions,
        max(others_revenue) filter (step = 4) as others_revenue,
        max(index) filter (step = 5) as spend_index, max(z) filter (step = 5) as spend_z, max(expected) filter (step = 5) as spend_expected,
        arg_min({'step': step, 'z': z, 'missing': expected - continued}, (nine(z), step))
            filter (step <= 3 and is_in_channel and nine(index) < 0.9 and nine(z) <= -2) as weak
    from steps
    group by all
),
multiplied as (
    select
        *,
        sum(impressions) over (partition by period) as all_impressions,
        sum(conversions) over (partition by period) as all_conversions,
        index_1 * index_2 * index_3 as product,
        coalesce(
            product * (others_conversions + 5) * all_impressions / nullif(others_impressions * all_conversions + 5 * all_impressions, 0),
            (conversions + 5) * all_impressions / nullif(impressions * all_conversions + 5 * all_impressions, 0)
        ) as multiple,
        weak.missing * (1 - 1 / (weak.z * weak.z)) * case weak.step
            when 1 then rate_2 * index_2 * rate_3 * index_3 when 2 then rate_3 * index_3 else 1
        end as lost_conversions
    from pivoted
),
scored as (
    select
        *,
        100 * multiple / (1 + multiple) as efficiency_score,
        case when is_in_channel then 100 * product / (1 + product) end as efficiency_score_in_channel
    from multiplied
),
ranked as (
    select
        *,
        case
            when efficiency_score is not null
                then row_number() over (partition by period order by nine(efficiency_score) desc nulls last, campaign_id)
        end as efficiency_rank,
        case
            when efficiency_score_in_channel is not null
                then row_number() over (
                    partition by period, channel, campaign_group order by nine(efficiency_score_in_channel) desc nulls last, campaign_id
                )
        end as efficiency_rank_in_channel
    from scored
)
select
    period, period_start, period_end, campaign_id, campaign_name, platform, campaigns.channel, campaigns.campaign_group,
    first_active_date, last_active_date, campaigns.impressions, clicks, sessions, campaigns.conversions, spend, revenue,
    ratio(clicks, campaigns.impressions) as click_through_rate,
    ratio(sessions, clicks) as click_to_session_rate,
    ratio(campaigns.conversions, sessions) as session_to_conversion_rate,
    ratio(campaigns.conversions, campaigns.impressions) as impression_to_conversion_rate,
    index_1 as click_through_index, index_2 as click_to_session_index, index_3 as session_to_conversion_index,
    case when is_in_channel then 'channel' when is_compared then 'portfolio' end as benchmark,
    efficiency_score, efficiency_rank, efficiency_score_in_channel, efficiency_rank_in_channel,
    ['click_through', 'click_to_session', 'session_to_conversion'][weak.step] as weakest_stage,
    case
        when is_in_channel
            then case
                when nine(weak.z) <= -3 then 'strong' when weak is not null then 'likely' when nine(expected_3) >= 20 then 'none'
                else 'too little data'
            end
    end as evidence,
    coalesce(is_in_channel and nine(index_1) >= 1.25 and nine(index_3) <= 0.75 and nine(z_3) <= -1.64, false)
        as is_clicked_but_not_converting,
    lost_conversions,
    lost_conversions * others_revenue / nullif(others_conversions, 0) as lost_revenue,
    ratio(spend, clicks) as cost_per_click,
    ratio(spend, campaigns.conversions) as cost_per_conversion,
    case
        when is_in_channel and spend_expected is not null
            then case
                when nine(spend_z) <= -2 and nine(spend_index) < 0.8 then 'dearer'
                when nine(spend_z) >= 2 and nine(spend_index) > 1.25 then 'cheaper'
                when nine(spend_expected) < 20 then 'too little data'
                else 'similar'
            end
    end as cost_comparison,
    ratio(revenue, spend) as return_on_ad_spend,
    tracking_status
from campaigns
inner join periods using (period)
left join ranked using (period, campaign_id);

create table campaign_funnel as
select * exclude (period, period_start, period_end) from campaign_funnel_periods where period = 'all_time';

create table channel_daily as
with counted as (
    select channel, activity_date, impressions, clicks, spend, 0 as sessions, 0 as conversions, 0 as revenue, 0 as new_customers
    from campaign_days inner join platform_campaigns using (campaign_id)
    where coalesce(impressions, clicks, spend) is not null
    union all
    select tags.channel, day, null, null, null, sessions, 0, 0, 0 from tag_days inner join tags on is_tagged(tag_days, tags)
    union all
    select channel, conversion_date, null, null, null, 0, cast(conversion_type = 'purchase' as integer), net_revenue, 0 from orders
    union all
    select acquisition_channel, cast(first_purchase_at as date), null, null, null, 0, 0, 0, 1 from customer_ltv
)
select
    channel, activity_date, cast(sum(impressions) as numeric(38, 0)) as impressions, cast(sum(clicks) as numeric(38, 0)) as clicks,
    money(sum(spend)) as spend, cast(sum(sessions) as bigint) as sessions, cast(sum(conversions) as bigint) as conversions,
    money(sum(revenue)) as revenue, cast(sum(new_customers) as bigint) as new_customers
from counted
group by all;

create table channel_cohorts as
with customers as (
    select
        acquisition_channel, cast(date_trunc('month', first_purchase_at) as date) as first_purchase_month, count(*) as customers,
        count(*) filter (is_repeat_customer) as repeat_customers, count(*) filter (ltv_tier = 'high') as high_tier_customers,
        count(*) filter (ltv_tier = 'medium') as medium_tier_customers, count(*) filter (ltv_tier = 'low') as low_tier_customers,
        sum(total_revenue) as total_revenue, count(revenue_first_30_days) as customers_past_30_days,
        sum(revenue_first_30_days) as revenue_first_30_days, count(revenue_first_90_days) as customers_past_90_days,
        sum(revenue_first_90_days) as revenue_first_90_days, count(revenue_first_365_days) as customers_past_365_days,
        sum(revenue_first_365_days) as revenue_first_365_days
    from customer_ltv
    group by all
),
spent as (
    select channel as acquisition_channel, cast(date_trunc('month', activity_date) as date) as first_purchase_month, sum(spend) as spend
    from channel_daily
    group by all
)
select
    acquisition_channel, first_purchase_month, coalesce(customers, 0) as customers, coalesce(repeat_customers, 0) as repeat_customers,
    coalesce(high_tier_customers, 0) as high_tier_customers, coalesce(medium_tier_customers, 0) as medium_tier_customers,
    coalesce(low_tier_customers, 0) as low_tier_customers, money(coalesce(total_revenue, 0)) as total_revenue,
    coalesce(customers_past_30_days, 0) as customers_past_30_days, money(revenue_first_30_days) as revenue_first_30_days,
    coalesce(customers_past_90_days, 0) as customers_past_90_days, money(revenue_first_90_days) as revenue_first_90_days,
    coalesce(customers_past_365_days, 0) as customers_past_365_days, money(revenue_first_365_days) as revenue_first_365_days,
    money(spend) as spend
from customers full join spent using (acquisition_channel, first_purchase_month)
where customers > 0 or spend <> 0;
