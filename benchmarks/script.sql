-- The marts as one script makes them, written by hand for DuckDB and typed Parquet files alone: what the project's build is measured
-- against. No rejected records, no reconciliation, no tests. Raw rows are read through views, only narrow tables are kept, and rows are
-- counted before they are joined. bench.py sets the variables raw_data and seeds.

-- trim() is slow and hardly ever needed: two cheap comparisons find the texts that may begin or end with a blank.
create temp macro has_blanks(value) as value < '!' or value[-1] <= ' ';
create temp macro cleaned(value) as case when has_blanks(value) then nullif(trim(value, e' \t\r\n'), '') else value end;
create temp macro tag_value(value) as case
    when lower(cleaned(value)) not in ('(not set)', '(none)', '(direct)', '(data not available)', '(data deleted)', '<other>')
        then cleaned(value)
end;
create temp macro campaign_value(value) as case
    when lower(cleaned(value)) not in ('(organic)', '(referral)', '(not provided)') then tag_value(value)
end;
create temp macro ignoring_case(value) as replace(replace(lower(value), 'i̇', 'i'), 'ς', 'σ');
create temp macro is_moment(value) as coalesce(value >= timestamp '0001-01-01' and value < timestamp '10000-01-01', false);
create temp macro is_load(value) as value is null or is_moment(value);
create temp macro is_amount(value) as abs(value) < 1000000000000;
create temp macro money(value) as cast(value as numeric(28, 6));
create temp macro ratio(numerator, denominator) as cast(numerator as double) / nullif(cast(denominator as double), 0);

create temp table rates as
with ranges as (
    select
        upper(cleaned(currency)) as currency,
        cast(valid_from as date) as valid_from,
        lead(cast(valid_from as date), 1, date 'infinity') over (partition by upper(cleaned(currency)) order by valid_from) as valid_until,
        cast(rate as numeric(18, 9)) as rate
    from read_csv(getvariable('seeds') || '/exchange_rates.csv', all_varchar = true)
    where upper(cleaned(currency)) <> 'USD'
)
from ranges
union all
select 'USD', date '-infinity', date 'infinity', 1;
create temp macro is_rate(rate, told_currency, day) as
    rate.currency = coalesce(told_currency, 'USD') and rate.valid_from <= day and rate.valid_until > day;

-- Campaign metrics: exact copies count once, loads that contradict themselves not at all, and the newest load of a key stands.
create temp table metrics as
with told as (
    select distinct
        cast(metric_date as date) as metric_date, cleaned(platform) as platform, cleaned(campaign_id) as campaign_id,
        cleaned(ad_id) as ad_id, loaded_at, cleaned(campaign_name) as campaign_name, cast(impressions as bigint) as impressions,
        cast(clicks as bigint) as clicks, cast(spend as numeric(28, 9)) as spend, upper(cleaned(currency)) as currency
    from read_parquet(getvariable('raw_data') || '/campaign_metrics/*.parquet')
    where
        is_moment(metric_date) and cleaned(platform) is not null and cleaned(campaign_id) is not null and is_load(loaded_at)
        and coalesce(impressions >= 0, true) and coalesce(clicks >= 0, true) and coalesce(is_amount(spend), true)
),
agreed as (
    select
        metric_date, platform, campaign_id, ad_id, loaded_at,
        any_value(struct_pack(campaign_name, impressions, clicks, spend, currency)) as figures
    from told
    group by all
    having count(*) = 1
)
select * exclude (figures), figures.*
from agreed
qualify row_number() over (partition by metric_date, platform, campaign_id, ad_id order by loaded_at desc nulls last) = 1;

-- Sessions: most rows are valid, unpadded and alone with their key, and are read where they lie. Only the others are copied and ranked.
create temp view raw_sessions as
select *, file_index, file_row_number
from read_parquet(getvariable('raw_data') || '/sessions/*.parquet');

-- Half a hash takes half the memory; keys that share it by chance are ranked in vain.
create temp macro half_hash(value) as cast(hash(value) >> 32 as uinteger);
create temp table repeated_keys as
select half_hash(cleaned(session_id)) as half_hash
from raw_sessions
group by all
having count(*) > 1;

create temp table unusual_sessions as
with found as (
    select
        file_index, file_row_number, cleaned(session_id) as session_id, cleaned(anonymous_id) as anonymous_id, cleaned(user_id) as user_id,
        started_at, utm_source, utm_medium, utm_campaign, campaign_id, cleaned(landing_page) as landing_page, loaded_at
    from raw_sessions
    where
        session_id is null or has_blanks(session_id) or has_blanks(anonymous_id) or has_blanks(user_id)
        or (anonymous_id is null and user_id is null) or not is_moment(started_at) or not is_load(loaded_at)
        or half_hash(cleaned(session_id)) in (select half_hash from repeated_keys)
),
judged as (
    select
        *,
        session_id is not null and coalesce(anonymous_id, user_id) is not null and is_moment(started_at) and is_load(loaded_at) as is_valid
    from found
)
select
    *,
    is_valid and row_number() over (
        partition by session_id, is_valid
        order by
            loaded_at desc nulls last, started_at desc, anonymous_id desc nulls last, user_id desc nulls last,
            tag_value(utm_source) desc nulls last, tag_value(utm_medium) desc nulls last, campaign_value(utm_campaign) desc nulls last,
            cleaned(campaign_id) desc nulls last, landing_page desc nulls last
    ) = 1 as is_kept
from judged;

create temp view sessions as
select session_id, anonymous_id, user_id, started_at, utm_source, utm_medium, utm_campaign, campaign_id
from raw_sessions anti join unusual_sessions using (file_index, file_row_number)
union all
select session_id, anonymous_id, user_id, started_at, utm_source, utm_medium, utm_campaign, campaign_id
from unusual_sessions
where is_kept;

-- Conversions are few enough to be copied.
create temp table valid_conversions as
with cleaned_conversions as (
    select
        cleaned(conversion_id) as conversion_id, cleaned(user_id) as user_id, cleaned(session_id) as session_id, converted_at,
        ignoring_case(cleaned(conversion_type)) as type, cast(revenue as numeric(28, 9)) as revenue, upper(cleaned(currency)) as currency,
        loaded_at
    from read_parquet(getvariable('raw_data') || '/conversions/*.parquet')
)
from cleaned_conversions
where
    conversion_id is not null and is_moment(converted_at) and type is not null and is_load(loaded_at)
    and (user_id is not null or session_id is not null) and coalesce(is_amount(revenue), type not in ('purchase', 'refund'))
    and not coalesce(revenue < 0 and type = 'purchase', false);

create temp table conversions as
with repeated as (
    select conversion_id from valid_conversions group by all having count(*) > 1
),
newest as (
    from valid_conversions semi join repeated using (conversion_id)
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
    utm_source, utm_medium, utm_campaign, campaign_id, cast(started_at as date) as day, count(*) as sessions,
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
        utm_source as raw_source, utm_medium as raw_medium, utm_campaign as raw_campaign, campaign_id as raw_campaign_id,
        tag_value(utm_source) as utm_source, tag_value(utm_medium) as utm_medium, campaign_value(utm_campaign) as utm_campaign,
        ignoring_case(campaign_value(utm_campaign)) as key, cleaned(campaign_id) as tagged_id
    from tag_days
),
ruled as (
    select found.*, rules.channel as rule_channel
    from found
    inner join read_csv(getvariable('seeds') || '/channel_rules.csv', all_varchar = true) as rules
        on
            regexp_full_match(ignoring_case(coalesce(utm_source, '')), ignoring_case(utm_source_pattern), 's')
            and regexp_full_match(ignoring_case(coalesce(utm_medium, '')), ignoring_case(utm_medium_pattern), 's')
    qualify row_number() over (partition by raw_source, raw_medium, raw_campaign, raw_campaign_id order by cast(rule_order as bigint)) = 1
),
-- What is ambiguous is left out of these lookups.
ids as (
    select ignoring_case(campaign_id) as key, min(campaign_id) as campaign_id from platform_campaigns group by all having count(*) = 1
),
aliases as (
    select ignoring_case(cleaned(alias)) as key, cleaned(campaign_id) as campaign_id
    from read_csv(getvariable('seeds') || '/campaign_aliases.csv', all_varchar = true)
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
        ruled.*,
        coalesce(
            by_id.campaign_id, by_utm.campaign_id, ids.campaign_id, aliases.campaign_id, names_in_channel.campaign_id,
            names_anywhere.campaign_id
        ) as known_id
    from ruled
    left join platform_campaigns as by_id on ruled.tagged_id = by_id.campaign_id
    left join platform_campaigns as by_utm on ruled.utm_campaign = by_utm.campaign_id
    left join ids using (key)
    left join aliases using (key)
    left join names_in_channel using (key, rule_channel)
    left join names_anywhere using (key)
)
select
    raw_source, raw_medium, raw_campaign, raw_campaign_id, utm_source, utm_medium, utm_campaign,
    cast(row_number() over () as integer) as tag,
    case
        when utm_source is not null or utm_medium is not null then rule_channel
        when utm_campaign is null and tagged_id is null then 'Direct'
        else coalesce(known.channel, rule_channel)
    end as channel,
    coalesce(known_id, tagged_id, key) as campaign_id
from resolved left join platform_campaigns as known on resolved.known_id = known.campaign_id;

create temp macro is_tagged(row, tag) as
    row.utm_source is not distinct from tag.raw_source and row.utm_medium is not distinct from tag.raw_medium
    and row.utm_campaign is not distinct from tag.raw_campaign and row.campaign_id is not distinct from tag.raw_campaign_id;

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
    money(round(abs(conversions.revenue) * rates.rate, 6)) as amount,
    coalesce(visit.channel <> 'Direct', false) as has_telling_session,
    case when has_telling_session then visit.campaign_id end as own_campaign_id
from conversions
inner join rates on is_rate(rates, conversions.currency, cast(conversions.converted_at as date))
left join conversion_sessions as visit on conversions.session_id = visit.session_id
left join owners on visit.anonymous_id = owners.anonymous_id
where conversions.type in ('purchase', 'refund');

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
create temp table credits as
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
    select valued.*, coalesce(own_campaign_id, tags.campaign_id) as campaign_id
    from valued left join last_touches using (conversion_id) left join tags using (tag)
    where is_purchase
),
refunds as (
    select
        valued.conversion_id, valued.day, valued.amount,
        arg_max_null(purchases.campaign_id, (purchases.converted_at, purchases.conversion_id)) as campaign_id
    from valued inner join purchases using (customer_id)
    where not valued.is_purchase and purchases.converted_at <= valued.converted_at
    group by all
)
select campaign_id, day, count(*) as conversions, sum(amount) as revenue, sum(amount) as gross_revenue
from purchases where campaign_id is not null group by all
union all
select campaign_id, day, 0, -sum(amount), 0
from refunds where campaign_id is not null group by all;

create temp table campaign_days as
with counted as (
    select
        campaign_id, metric_date as activity_date, impressions, clicks, 0 as sessions, 0 as conversions,
        money(round(spend * rate, 6)) as spend, 0 as revenue, 0 as gross_revenue
    from metrics left join rates on is_rate(rates, metrics.currency, metrics.metric_date)
    where spend is null or rate is not null
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

-- A campaign without metrics has the name of its latest tag. Sessions are only read again where two tags share the last moment.
create temp table tag_names as
with tagged as (
    select tags.campaign_id, tags.utm_campaign, max(last_started_at) as last_started_at
    from tag_days inner join tags on is_tagged(tag_days, tags)
    where tags.campaign_id is not null and tags.utm_campaign is not null
    group by all
),
latest as materialized (
    from tagged qualify last_started_at = max(last_started_at) over (partition by campaign_id)
),
tied as materialized (
    from latest qualify count(*) over (partition by campaign_id) > 1
)
select campaign_id, utm_campaign from latest anti join tied using (campaign_id)
union all
select tied.campaign_id, arg_max(tied.utm_campaign, sessions.session_id)
from tied
inner join sessions on tied.last_started_at = sessions.started_at
inner join tags on is_tagged(sessions, tags) and tied.campaign_id = tags.campaign_id and tied.utm_campaign = tags.utm_campaign
group by all;

create temp table campaigns as
with visited as (
    select tags.campaign_id, channel, sum(sessions) as sessions, min(day) as first_date, max(day) as last_date
    from tag_days inner join tags on is_tagged(tag_days, tags)
    where tags.campaign_id is not null
    group by all
),
seen as (
    select
        campaign_id, first(channel order by sessions desc, channel) as channel, min(first_date) as first_date, max(last_date) as last_date
    from visited
    group by all
),
totals as (
    select
        campaign_id, cast(sum(impressions) as numeric(38, 0)) as impressions, cast(sum(clicks) as numeric(38, 0)) as clicks,
        cast(sum(sessions) as bigint) as sessions, cast(sum(conversions) as bigint) as conversions,
        money(sum(spend)) as spend, money(sum(revenue)) as revenue, money(sum(gross_revenue)) as gross_revenue
    from campaign_days
    group by all
)
select
    campaign_id,
    coalesce(known.campaign_name, tag_names.utm_campaign, campaign_id) as campaign_name,
    known.platform,
    coalesce(known.channel, seen.channel) as channel,
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
from platform_campaigns as known
full join seen using (campaign_id)
left join totals using (campaign_id)
left join tag_names using (campaign_id);

-- A sum over the campaigns that one is measured by: the others of its channel where there are three, else all others.
create temp macro others(own, in_channel, channel_size, in_all, size) as
    cast(case when channel_size > 3 then in_channel - coalesce(own, 0) when size > 1 then in_all - coalesce(own, 0) end as double);

create table campaign_funnel as
with portfolio as (
    select *, count(*) over (partition by channel) as channel_size, count(*) over () as size
    from campaigns
    where impressions > 0 and tracking_status <> 'no_sessions'
),
stages as (
    select
        *,
        unnest([
            {'number': 1, 'stage': 'click_through', 'entered': impressions, 'continued': clicks},
            {'number': 2, 'stage': 'click_to_session', 'entered': clicks, 'continued': sessions},
            {'number': 3, 'stage': 'session_to_conversion', 'entered': sessions, 'continued': conversions}
        ], max_depth := 2)
    from portfolio
),
benchmarked as (
    select
        campaign_id, number, stage, cast(entered as double) as entered, cast(continued as double) as continued,
        case when continued is not null then entered end as came,
        case when entered is not null then continued end as went,
        others(came, sum(came) over (partition by number, channel), channel_size, sum(came) over (partition by number), size)
            as others_came,
        others(went, sum(went) over (partition by number, channel), channel_size, sum(went) over (partition by number), size)
            as others_went
    from stages
),
indexed as (
    select
        campaign_id, number, stage,
        (continued + 5) * nullif(others_came, 0) / nullif(entered * others_went + 5 * others_came, 0) as index,
        greatest(entered * others_went / nullif(others_came, 0) - continued, 0) as missing,
        case when entered >= 100 then continued / entered else others_went / nullif(others_came, 0) end as onward
    from benchmarked
),
pivoted as (
    select
        campaign_id,
        max(index) filter (number = 1) as click_through_index,
        max(index) filter (number = 2) as click_to_session_index,
        max(index) filter (number = 3) as session_to_conversion_index,
        first(stage order by round(index, 9), number) filter (round(index, 9) < 0.9) as weakest_stage,
        first(missing order by round(index, 9), number) filter (round(index, 9) < 0.9) as missing,
        case when weakest_stage = 'click_through' then max(onward) filter (number = 2) else 1 end
        * case when weakest_stage = 'session_to_conversion' then 1 else max(onward) filter (number = 3) end as onward
    from indexed
    group by campaign_id
),
scored as (
    select
        portfolio.campaign_id, pivoted.* exclude (campaign_id, missing, onward), missing * onward as lost_conversions,
        case when channel_size > 3 then 'channel' when size > 1 then 'portfolio' end as benchmark,
        cast(sum(conversions) over () as double) as all_conversions,
        cast(sum(impressions) over () as double) as all_impressions,
        case
            when all_conversions > 0
                then
                    100 * (conversions + cast(5 as double)) * all_impressions
                    / ((conversions + cast(10 as double)) * all_impressions + cast(impressions as double) * all_conversions)
        end as efficiency_score,
        others(gross_revenue, sum(gross_revenue) over (partition by channel), channel_size, sum(gross_revenue) over (), size)
        / nullif(others(conversions, sum(conversions) over (partition by channel), channel_size, sum(conversions) over (), size), 0)
            as conversion_value
    from portfolio inner join pivoted using (campaign_id)
)
select
    campaign_id, campaign_name, platform, channel, first_active_date, last_active_date,
    impressions, clicks, sessions, conversions, spend, revenue,
    ratio(clicks, impressions) as click_through_rate,
    ratio(sessions, clicks) as click_to_session_rate,
    ratio(conversions, sessions) as session_to_conversion_rate,
    ratio(conversions, impressions) as impression_to_conversion_rate,
    click_through_index, click_to_session_index, session_to_conversion_index, benchmark, efficiency_score,
    case
        when efficiency_score is not null then row_number() over (order by round(efficiency_score, 9) desc nulls last, campaign_id)
    end as efficiency_rank,
    weakest_stage,
    coalesce(round(click_through_index, 9) >= 1.25 and round(session_to_conversion_index, 9) <= 0.75, false)
        as is_clicked_but_not_converting,
    lost_conversions,
    lost_conversions * conversion_value as lost_revenue,
    ratio(spend, clicks) as cost_per_click,
    ratio(spend, conversions) as cost_per_conversion,
    ratio(revenue, spend) as return_on_ad_spend,
    tracking_status
from campaigns left join scored using (campaign_id);
