-- Raw rows for the benchmark, made of hashes alone: the same for a given number of sessions, in whatever order they are made.
-- Day 0 is 2024-10-01; what happened on a day is loaded on the next morning, and what is delivered again up to three days later.
-- bench.py sets the variable sessions_per_day, and reads the macros loaded_<table>(first day, day after the last).

create macro dice(number, salt, sides) as cast(hash(number, salt) % sides as bigint);
create macro moment(day, microseconds) as timestamp '2024-10-01' + to_days(cast(day as integer)) + to_microseconds(microseconds);
create macro load_moment(day) as moment(day, 16200000000);
create macro id_text(prefix, number) as prefix || lower(to_hex(hash(number, prefix)));

create table campaigns as
select
    number,
    cast(1000 + number as varchar) as campaign_id,
    ['google_ads', 'google_ads', 'meta_ads', 'meta_ads', 'linkedin_ads', 'microsoft_ads', 'tiktok_ads'][1 + number % 7] as platform,
    ['google', 'google', 'facebook', 'instagram', 'linkedin', 'bing', 'tiktok'][1 + number % 7] as utm_source,
    -- The last ten campaigns share names with each other.
    ['Brand', 'Generic', 'Spring Sale', 'Retargeting', 'New Customers'][1 + number % 5] || ' ' || ['US', 'UK', 'DE'][1 + number % 3]
    || case when number < 40 then ' ' || number else '' end as campaign_name,
    case when number % 9 = 0 then 'EUR' end as currency
from range(50) as numbers(number);

-- How visits are tagged: 16 ways that name no campaign of the platforms, and one way for each campaign. Low numbers are frequent.
create table tags as
select untracked.*, cast(null as varchar) as campaign_id
from (
    values
    (0, null, null, null), (1, 'google', 'organic', null), (2, 'google', 'organic', '(not set)'), (3, 'newsletter', 'email', 'weekly'),
    (4, 'bing', 'organic', null), (5, '(direct)', '(none)', null), (6, 'facebook', 'social', null), (7, 'instagram.com', 'referral', null),
    (8, 'klaviyo', 'email', 'welcome_series'), (9, 'duckduckgo', 'organic', null), (10, 'partner-blog', 'referral', null),
    (11, 'awin', 'affiliate', 'autumn'), (12, 't.co', 'referral', null), (13, 'google', 'cpc', 'old_promo'),
    (14, 'shop-app', 'push', null), (15, 'facebook', 'paid_social', 'old_promo')
) as untracked(number, utm_source, utm_medium, utm_campaign)
union all
-- A third each by id, by name and by campaign_id, half of these by nothing else.
select
    16 + number as number,
    case when number % 6 <> 5 then utm_source end as utm_source,
    case when number % 6 <> 5 then 'cpc' end as utm_medium,
    case when number = 49 then 'untracked' when number % 3 = 0 then campaign_id when number % 3 = 1 then upper(campaign_name) end,
    case when number % 3 = 2 then campaign_id end as campaign_id
from campaigns;

-- Four visits for each device, spread over three months. Six devices of ten never log in; the others belong to users who have two.
create macro visits(first_day, end_day) as table
with numbered as (
    select
        number,
        number // getvariable('sessions_per_day') as day,
        number % getvariable('sessions_per_day') * 86400000000 // getvariable('sessions_per_day') as microseconds,
        number // 4 + dice(number, 'device', 23 * getvariable('sessions_per_day')) as device
    from range(greatest(first_day, 0) * getvariable('sessions_per_day'), end_day * getvariable('sessions_per_day')) as numbers(number)
)
select
    number,
    day,
    id_text('s', number) as session_id,
    id_text('a', device) as anonymous_id,
    -- One device in a hundred is shared by two users.
    case
        when device % 10 >= 6
            then id_text('u', device // 2 + case when dice(device, 'shared', 100) = 0 then 1000 * dice(number, 'who', 2) else 0 end)
    end as user_id,
    dice(number, 'logged in', 3) = 0 as is_logged_in,
    moment(day, microseconds) as started_at
from numbered;

-- All visits, and one in 200 again: as it was, or corrected.
create macro delivered_visits(first_day, end_day, salt) as table
select
    *,
    case when is_again and dice(number, 'corrected', 2) = 1 then 1 else 0 end as correction,
    load_moment(day + 1 + case when is_again then 1 + dice(number, 'late', 3) else 0 end) as loaded_at
from visits(first_day - 4, end_day - 1)
cross join (values (false), (true)) as deliveries(is_again)
where
    (not is_again or dice(number, salt, 200) = 0)
    and loaded_at >= load_moment(first_day) and loaded_at < load_moment(end_day);

create macro loaded_sessions(first_day, end_day) as table
with told as (
    -- The fault 0 or 1 breaks the contract, the others do not.
    select *, dice(number, 'fault', 20000) as fault, is_logged_in and user_id is not null as has_user
    from delivered_visits(first_day, end_day, 'session again')
)
select
    case when fault <> 0 then session_id end as session_id,
    case when fault <> 1 and not (has_user and dice(told.number, 'app', 50) = 0) then anonymous_id end as anonymous_id,
    case when fault <> 1 and has_user then user_id end as user_id,
    started_at,
    utm_source,
    utm_medium,
    utm_campaign,
    campaign_id,
    ['/', '/sale', '/products/grinder', '/blog/brew-guide'][1 + dice(told.number, 'page', 4)] as landing_page,
    loaded_at
from told
inner join tags on tags.number = cast(floor(66 * pow(dice(told.number - correction, 'tag', 10000) / 10000, 2)) as integer)
order by loaded_at, told.number;

create macro loaded_conversions(first_day, end_day) as table
with told as (
    select
        *,
        -- The faults 0 to 2 break the contract.
        dice(number, 'fault', 30000) as fault,
        dice(number, 'known by', 10) as known_by,
        dice(number, 'type', 100) as type,
        dice(number, 'currency', 100) as currency_number,
        500 + dice(number, 'price', 12000) + case when dice(number, 'big', 50) = 0 then 60000 else 0 end + 100 * correction as cents
    from delivered_visits(first_day, end_day, 'conversion again')
    where number % 10 = dice(number // 10, 'converts', 10)
)
select
    case when fault <> 0 then id_text('c', number) end as conversion_id,
    case when fault <> 1 and known_by < 6 then user_id end as user_id,
    case
        when fault = 1 or (user_id is not null and known_by = 0) then null
        when dice(number, 'lost', 500) = 0 then 'lost-' || session_id
        else session_id
    end as session_id,
    started_at + to_seconds(dice(number, 'second', 3600)) as converted_at,
    case when type < 80 then 'purchase' when type < 85 then 'refund' when type < 95 then 'signup' else 'Lead' end as conversion_type,
    case when type < 85 then cast(case when fault = 2 then -cents else cents end / 100 as numeric(12, 2)) end as revenue,
    case
        when day < 92 or currency_number < 60 then null
        when currency_number < 75 then 'USD'
        when currency_number < 90 then 'EUR'
        when currency_number < 98 then 'GBP'
        -- Francs have no rate before 2026.
        else 'CHF'
    end as currency,
    loaded_at
from told
order by loaded_at, number;

-- Two ads per campaign; the platforms restate a day's figures on each of the three days after they first told them.
create macro loaded_campaign_metrics(first_day, end_day) as table
with reported as (
    select
        campaigns.*,
        ad,
        day,
        day + 1 + restatement as load_day,
        hash(number, ad, day) as ad_day,
        dice(ad_day, 'fault', 20000) as fault,
        -- Somewhat more than the sessions that the tags make; a restatement finds one in a hundred more.
        cast(
            getvariable('sessions_per_day') * 0.0016 * (5 + number % 7)
            * (80 + dice(ad_day, 'clicks', 40)) / 100 * (0.97 + 0.01 * restatement) as bigint
        ) as clicks
    from range(greatest(first_day - 4, 0), end_day - 1) as days(day)
    cross join range(4) as restatements(restatement)
    cross join range(2) as ads(ad)
    cross join campaigns
    where load_day >= first_day and load_day < end_day
)
select
    cast(moment(day, 0) as date) as metric_date,
    platform,
    case when fault <> 0 then campaign_id end as campaign_id,
    'ad-' || campaign_id || '-' || ad as ad_id,
    campaign_name,
    clicks * (30 + dice(ad_day, 'impressions', 50)) * case when fault = 1 then -1 else 1 end as impressions,
    clicks,
    cast(clicks * (50 + dice(number, 'price', 200)) / 100 as numeric(12, 2)) as spend,
    case when day >= 92 then currency end as currency,
    load_moment(load_day) as loaded_at
from reported
order by loaded_at, day, number, ad;
