with

session_days as (

    select * from {{ ref('int_session_days') }}

),

campaign_metrics as (

    select * from {{ ref('stg_marketing__campaign_metrics') }}

),

platform_campaigns as (

    select * from {{ ref('int_platform_campaigns') }}

),

channel_rules as (

    select * from {{ ref('channel_rules') }}

),

campaign_aliases as (

    select * from {{ ref('campaign_aliases') }}

),

tags as (

    select distinct
        utm_source,
        utm_medium,
        utm_campaign,
        tagged_campaign_id as campaign_id
    from session_days

),

source_medium_pairs as (

    select distinct
        utm_source,
        utm_medium
    from tags

),

ranked_rules as (

    select
        tags.utm_source,
        tags.utm_medium,
        channel_rules.channel,
        row_number() over (
            partition by tags.utm_source, tags.utm_medium order by channel_rules.rule_order
        ) as rule_rank
    from source_medium_pairs as tags
    inner join channel_rules
        on
            {{ matches(ignoring_case("coalesce(tags.utm_source, '')"), ignoring_case('channel_rules.utm_source_pattern')) }}
            and {{ matches(ignoring_case("coalesce(tags.utm_medium, '')"), ignoring_case('channel_rules.utm_medium_pattern')) }}

),

ruled as (

    select
        tags.*,
        ranked_rules.channel as rule_channel,
        tags.utm_source is not null or tags.utm_medium is not null as has_source_or_medium,
        {{ ignoring_case('tags.utm_campaign') }} as utm_campaign_key
    from tags
    inner join ranked_rules
        on
            coalesce(tags.utm_source, '') = coalesce(ranked_rules.utm_source, '')
            and coalesce(tags.utm_medium, '') = coalesce(ranked_rules.utm_medium, '')
            and ranked_rules.rule_rank = 1

),

-- The following lookups hold one row per key: what is ambiguous is left out.
ids_ignoring_case as (

    select
        {{ ignoring_case('campaign_id') }} as campaign_key,
        min(campaign_id) as campaign_id
    from platform_campaigns
    group by {{ ignoring_case('campaign_id') }}
    having count(*) = 1

),

aliases as (

    select
        {{ ignoring_case(trimmed('alias')) }} as campaign_key,
        {{ trimmed('campaign_id') }} as campaign_id
    from campaign_aliases

),

names as (

    select distinct
        {{ ignoring_case('campaign_metrics.campaign_name') }} as campaign_key,
        platform_campaigns.channel,
        campaign_metrics.campaign_id
    from campaign_metrics
    inner join platform_campaigns on campaign_metrics.campaign_id = platform_campaigns.campaign_id
    where campaign_metrics.campaign_name is not null

),

names_in_channel as (

    select
        campaign_key,
        channel,
        min(campaign_id) as campaign_id
    from names
    group by campaign_key, channel
    having count(*) = 1

),

names_anywhere as (

    select
        campaign_key,
        min(campaign_id) as campaign_id
    from names
    group by campaign_key
    having count(*) = 1

),

resolved as (

    select
        ruled.*,
        coalesce(
            known_by_id.campaign_id,
            known_by_utm.campaign_id,
            ids_ignoring_case.campaign_id,
            aliases.campaign_id,
            names_in_channel.campaign_id,
            names_anywhere.campaign_id
        ) as resolved_campaign_id
    from ruled
    left join platform_campaigns as known_by_id on ruled.campaign_id = known_by_id.campaign_id
    left join platform_campaigns as known_by_utm on ruled.utm_campaign = known_by_utm.campaign_id
    left join ids_ignoring_case on ruled.utm_campaign_key = ids_ignoring_case.campaign_key
    left join aliases on ruled.utm_campaign_key = aliases.campaign_key
    left join names_in_channel
        on
            ruled.utm_campaign_key = names_in_channel.campaign_key
            and ruled.rule_channel = names_in_channel.channel
    left join names_anywhere on ruled.utm_campaign_key = names_anywhere.campaign_key

)

select
    resolved.utm_source,
    resolved.utm_medium,
    resolved.utm_campaign,
    resolved.campaign_id as tagged_campaign_id,
    case
        when resolved.has_source_or_medium then resolved.rule_channel
        when resolved.utm_campaign is null and resolved.campaign_id is null then 'Direct'
        else coalesce(platform_campaigns.channel, resolved.rule_channel)
    end as channel,
    coalesce(resolved.resolved_campaign_id, resolved.campaign_id, resolved.utm_campaign_key) as campaign_id
from resolved
left join platform_campaigns on resolved.resolved_campaign_id = platform_campaigns.campaign_id
