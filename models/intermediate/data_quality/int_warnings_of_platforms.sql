{%- set compared_days = 4 -%}
{%- set names_of_totals = "'total', 'totals', 'grand total', 'gesamt', 'summe', '--'" -%}

with

campaign_metrics as (

    select * from {{ ref('stg_marketing__campaign_metrics') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

platform_channels as (

    select
        lower(trim(platform)) as platform_key,
        channel
    from {{ ref('platform_channels') }}

),

platform_campaigns as (

    select * from {{ ref('int_platform_campaigns') }}

),

session_days as (

    select * from {{ ref('int_session_days') }}

),

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

platform_days as (

    select
        campaign_metrics.campaign_id,
        campaign_metrics.metric_date,
        campaign_metrics.platform,
        platform_channels.channel,
        max(campaign_metrics.campaign_name) as campaign_name,
        count(*) as row_count,
        sum(cast(campaign_metrics.impressions as {{ type_decimal(38, 0) }})) as impressions,
        sum({{ converted_amount('campaign_metrics.spend') }}) as spend
    from campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}
    left join platform_channels on lower(campaign_metrics.platform) = platform_channels.platform_key
    group by
        campaign_metrics.campaign_id,
        campaign_metrics.metric_date,
        campaign_metrics.platform,
        platform_channels.channel

),

unlisted_platforms as (

    select
        'platforms_without_channel' as warning,
        platform as subject,
        cast(sum(row_count) as bigint) as row_count,
        'rows' as counted,
        cast(sum(spend) as {{ type_decimal(28, 6) }}) as amount,
        'Campaigns of this platform are in channel Other. Add it to the seed platform_channels.'
            as advice
    from platform_days
    where channel is null
    group by platform

),

campaign_platforms as (

    select
        campaign_id,
        platform,
        channel,
        max(campaign_name) as campaign_name,
        sum(row_count) as row_count,
        sum(spend) as spend
    from platform_days
    group by campaign_id, platform, channel

),

-- If the platforms of a day are one and the same, all spend but the greatest counts twice.
days_on_several_platforms as (

    select
        campaign_id,
        sum(spend) - max(spend) as repeated_spend
    from platform_days
    group by campaign_id, metric_date
    having count(*) > 1

),

repeated_spends as (

    select
        campaign_id,
        sum(repeated_spend) as repeated_spend
    from days_on_several_platforms
    group by campaign_id

),

shared_campaign_ids as (

    select
        campaign_platforms.campaign_id,
        {{ dbt.listagg(
            'campaign_platforms.platform',
            "', '",
            'order by ' ~ by_code_point('campaign_platforms.platform')
        ) }} as platforms,
        sum(campaign_platforms.row_count) as row_count,
        sum(campaign_platforms.spend) as spend,
        -- Two names of one platform have the same channel. If the seed does not list one of the
        -- names, the campaign's name must be the same under both.
        count(distinct campaign_platforms.channel) <= 1
        and (
            count(campaign_platforms.channel) = count(*)
            or (
                count(distinct campaign_platforms.campaign_name) = 1
                and count(campaign_platforms.campaign_name) = count(*)
            )
        ) as is_one_platform
    from campaign_platforms
    group by campaign_platforms.campaign_id
    having count(*) > 1

),

platforms_of_one_id as (

    select
        'campaigns_on_several_platforms' as warning,
        campaign_id || ': ' || platforms as subject,
        cast(row_count as bigint) as row_count,
        'rows' as counted,
        cast(spend as {{ type_decimal(28, 6) }}) as amount,
        'One id stands for campaigns of several platforms, so their sums are merged. Put the'
        || ' platform before the id.' as advice
    from shared_campaign_ids
    where not is_one_platform

),

renamed_platforms as (

    select
        'platform_under_two_names' as warning,
        shared_campaign_ids.campaign_id || ': ' || shared_campaign_ids.platforms as subject,
        cast(shared_campaign_ids.row_count as bigint) as row_count,
        'rows' as counted,
        cast(repeated_spends.repeated_spend as {{ type_decimal(28, 6) }}) as amount,
        'A campaign came for the same days under two names of one platform, so it counts twice. The'
        || ' amount is the spend that counts twice. Was the platform renamed? Delete the rows under'
        || ' the old name, or give both loads one name.' as advice
    from shared_campaign_ids
    inner join repeated_spends on shared_campaign_ids.campaign_id = repeated_spends.campaign_id
    where shared_campaign_ids.is_one_platform

),

platform_totals as (

    select
        platform,
        metric_date,
        sum(impressions) as impressions,
        sum(spend) as spend
    from platform_days
    group by platform, metric_date
    -- On a day without spend a total equals the others and every other campaign.
    having count(*) >= 3 and sum(spend) > 0

),

compared_days as (

    select
        platform_days.campaign_id,
        platform_days.platform,
        platform_days.campaign_name,
        platform_days.row_count,
        platform_days.spend,
        coalesce(
            platform_days.spend > 0
            and platform_days.impressions * 2 = platform_totals.impressions
            and platform_days.spend * 2 = platform_totals.spend,
            false
        ) as is_sum_of_others
    from platform_days
    inner join platform_totals
        on
            platform_days.platform = platform_totals.platform
            and platform_days.metric_date = platform_totals.metric_date

),

campaigns_named_total as (

    select
        platform,
        campaign_id,
        max(campaign_name) as campaign_name,
        sum(row_count) as row_count,
        sum(spend) as spend
    from platform_days
    where
        lower(campaign_id) in ({{ names_of_totals }})
        or lower(campaign_id) like 'total:%'
        or lower(campaign_id) like 'gesamt:%'
        or lower(campaign_name) in ({{ names_of_totals }})
        or lower(campaign_name) like 'total:%'
        or lower(campaign_name) like 'gesamt:%'
    group by platform, campaign_id

),

-- By chance, a campaign may equal the others together on one day. A total does so every day.
campaigns_like_a_total as (

    select
        platform,
        campaign_id,
        max(campaign_name) as campaign_name,
        sum(row_count) as row_count,
        sum(spend) as spend
    from compared_days
    group by platform, campaign_id
    having min(case when is_sum_of_others then 1 else 0 end) = 1

),

likely_totals as (

    select * from campaigns_named_total

    union all

    select campaigns_like_a_total.*
    from campaigns_like_a_total
    left join campaigns_named_total
        on
            campaigns_like_a_total.platform = campaigns_named_total.platform
            and campaigns_like_a_total.campaign_id = campaigns_named_total.campaign_id
    where campaigns_named_total.campaign_id is null

),

totals_as_campaigns as (

    select
        'totals_as_campaigns' as warning,
        platform || ': ' || campaign_id || coalesce(', ' || campaign_name, '') as subject,
        cast(row_count as bigint) as row_count,
        'rows' as counted,
        cast(spend as {{ type_decimal(28, 6) }}) as amount,
        'This is probably the total of the report and no campaign: it has the name of one, or on'
        || ' every day the sum of all other campaigns of the platform. All spend counts twice then.'
        || ' Leave it out of the export.' as advice
    from likely_totals

),

-- Google Ads names cost in millionths. Cents become multiples of 10,000 then, and no click of any
-- currency costs so much.
spends_in_millionths as (

    select
        'spend_in_millionths' as warning,
        campaign_metrics.platform || coalesce(': ' || campaign_metrics.currency, '') as subject,
        count(*) as row_count,
        'rows' as counted,
        cast(
            sum({{ converted_amount('campaign_metrics.spend') }}) as {{ type_decimal(28, 6) }}
        ) as amount,
        'A click costs more than 10,000 on average, and all spend is a multiple of 10,000. It is'
        || ' probably the cost in micros, as Google Ads has it. Divide it by 1,000,000.' as advice
    from campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}
    group by campaign_metrics.platform, campaign_metrics.currency
    having
        max(case when mod(campaign_metrics.spend, 10000) <> 0 then 1 else 0 end) = 0
        and sum(campaign_metrics.spend)
        > 10000 * sum(cast(campaign_metrics.clicks as {{ type_decimal(38, 0) }}))

),

last_days_of_platforms as (

    select
        platform,
        max(last_metric_date) as last_metric_date,
        {{ dbt.dateadd('day', -compared_days, 'max(last_metric_date)') }} as earlier_days_after
    from platform_campaigns
    group by platform

),

recent_days as (

    select {{ dbt.dateadd('day', -compared_days, 'max(session_date)') }} as recent_days_after
    from session_days

),

-- For each platform, the sessions of its last days with metrics and of the last days with sessions.
-- No day is in both.
platforms_without_recent_metrics as (

    select
        platform_campaigns.platform,
        last_days_of_platforms.last_metric_date,
        sum(
            case
                when session_days.session_date <= last_days_of_platforms.last_metric_date
                    then session_days.sessions
                else 0
            end
        ) as earlier_sessions,
        sum(
            case
                when session_days.session_date > recent_days.recent_days_after
                    then session_days.sessions
                else 0
            end
        ) as recent_sessions
    from session_days
    inner join session_tags on {{ has_tags('session_days', 'tagged_campaign_id') }}
    inner join platform_campaigns on session_tags.campaign_id = platform_campaigns.campaign_id
    inner join last_days_of_platforms
        on platform_campaigns.platform = last_days_of_platforms.platform
    cross join recent_days
    where
        session_days.session_date > last_days_of_platforms.earlier_days_after
        and recent_days.recent_days_after >= last_days_of_platforms.last_metric_date
    group by platform_campaigns.platform, last_days_of_platforms.last_metric_date

),

-- If ads are paused, their visitors stay away. If the connector is broken, they go on coming.
metrics_that_end_early as (

    select
        'metrics_that_end_early' as warning,
        platform || ' until ' || cast(last_metric_date as {{ dbt.type_string() }}) as subject,
        cast(recent_sessions as bigint) as row_count,
        'sessions' as counted,
        cast(null as {{ type_decimal(28, 6) }}) as amount,
        'The campaigns of this platform still bring visitors, but the platform has reported nothing'
        || ' for {{ compared_days }} days or longer, so spend is missing. Does its connector still'
        || ' run?' as advice
    from platforms_without_recent_metrics
    where
        recent_sessions >= 10
        and earlier_sessions > 0
        and recent_sessions >= 0.5 * earlier_sessions

)

select * from unlisted_platforms
union all
select * from totals_as_campaigns
union all
select * from spends_in_millionths
union all
select * from metrics_that_end_early
union all
select * from platforms_of_one_id
union all
select * from renamed_platforms
