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

click_ids as (

    select * from {{ ref('click_ids') }}

),

campaign_aliases as (

    -- An alias that came twice counts once. If one alias means two campaigns, a test has stopped
    -- the build before this model.
    select distinct
        alias_key,
        campaign_id
    from {{ ref('base_marketing__campaign_aliases') }}
    where rejection_reasons is null

),

delivered_tags as (

    select distinct
        utm_source as delivered_source,
        utm_medium as delivered_medium,
        utm_campaign as delivered_campaign,
        tagged_campaign_id as delivered_campaign_id,
        click_parameters
    from session_days

),

cleaned_tags as (

    select
        *,
        -- Later joins use this number instead of five texts.
        row_number() over (
            order by
                {{ by_code_point('delivered_source') }},
                {{ by_code_point('delivered_medium') }},
                {{ by_code_point('delivered_campaign') }},
                {{ by_code_point('delivered_campaign_id') }},
                {{ by_code_point('click_parameters') }}
        ) as tags_id,
        {{ utm_value('delivered_source') }} as utm_source,
        {{ utm_value('delivered_medium') }} as utm_medium,
        {{ utm_campaign_value('delivered_campaign') }} as utm_campaign,
        {{ cleaned_text('delivered_campaign_id') }} as tagged_campaign_id
    from delivered_tags

),

keyed_tags as (

    select
        *,
        {{ ignoring_case('utm_campaign') }} as campaign_key,
        -- Links carry ids in utm_campaign too.
        {{ cleaned_id('utm_campaign') }} as utm_campaign_as_id,
        utm_source is not null or utm_medium is not null as has_source_or_medium
    from cleaned_tags

),

fitting_rules as (

    select
        keyed_tags.tags_id,
        min(channel_rules.rule_order) as rule_order
    from keyed_tags
    inner join channel_rules
        on {{ channel_rule_fits('keyed_tags.utm_source', 'keyed_tags.utm_medium') }}
    where
        keyed_tags.has_source_or_medium
        -- The last rule fits everything, so it says nothing about the channel.
        and channel_rules.rule_order < (
            select max(last_rule.rule_order) from channel_rules as last_rule
        )
    group by keyed_tags.tags_id

),

fitting_click_ids as (

    select
        keyed_tags.tags_id,
        min(click_ids.click_id_order) as click_id_order
    from keyed_tags
    inner join click_ids
        on
            {{ dbt.position(
                "'&' || lower(click_ids.parameter) || '&'",
                'lower(keyed_tags.click_parameters)'
            ) }} > 0
    group by keyed_tags.tags_id

),

-- Each lookup from here on has one row per key, because keys that mean several campaigns are left
-- out. So the joins below double no tags.
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
        campaign_aliases.alias_key as campaign_key,
        campaign_aliases.campaign_id,
        platform_campaigns.channel
    from campaign_aliases
    left join platform_campaigns on campaign_aliases.campaign_id = platform_campaigns.campaign_id

),

names as (

    select
        {{ ignoring_case('campaign_metrics.campaign_name') }} as campaign_key,
        campaign_metrics.campaign_id,
        max(platform_campaigns.channel) as channel
    from campaign_metrics
    inner join platform_campaigns on campaign_metrics.campaign_id = platform_campaigns.campaign_id
    where campaign_metrics.campaign_name is not null
    group by {{ ignoring_case('campaign_metrics.campaign_name') }}, campaign_metrics.campaign_id

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

-- The surest lookup comes first. An id is unique and has one channel, so it
-- counts whatever the tags say. An alias or a name is not unique: an e-mail may carry the name of
-- an ad. So it counts only within the channel that the tags tell, or if they tell none. A wrong
-- credit is worse than none.
campaign_candidates as (

    select
        keyed_tags.*,
        channel_rules.channel as rule_channel,
        coalesce(known_ids.campaign_id, known_tags.campaign_id, ids_ignoring_case.campaign_id)
            as id_campaign_id,
        case
            -- An alias without a channel leads to a campaign that no platform knows, so no other
            -- channel can claim it.
            when
                channel_rules.channel is null
                or coalesce(aliases.channel, channel_rules.channel) = channel_rules.channel
                then aliases.campaign_id
        end as alias_campaign_id,
        case
            when channel_rules.channel is null then names_anywhere.campaign_id
            else names_in_channel.campaign_id
        end as name_campaign_id,
        coalesce(aliases.campaign_id, names_anywhere.campaign_id) as campaign_id_in_any_channel
    from keyed_tags
    left join fitting_rules on keyed_tags.tags_id = fitting_rules.tags_id
    left join channel_rules on fitting_rules.rule_order = channel_rules.rule_order
    left join platform_campaigns as known_ids
        on keyed_tags.tagged_campaign_id = known_ids.campaign_id
    left join platform_campaigns as known_tags
        on keyed_tags.utm_campaign_as_id = known_tags.campaign_id
    left join ids_ignoring_case on keyed_tags.campaign_key = ids_ignoring_case.campaign_key
    left join aliases on keyed_tags.campaign_key = aliases.campaign_key
    left join names_in_channel
        on
            keyed_tags.campaign_key = names_in_channel.campaign_key
            and channel_rules.channel = names_in_channel.channel
    left join names_anywhere on keyed_tags.campaign_key = names_anywhere.campaign_key

)

select
    campaign_candidates.tags_id,
    campaign_candidates.delivered_source,
    campaign_candidates.delivered_medium,
    campaign_candidates.delivered_campaign,
    campaign_candidates.delivered_campaign_id,
    campaign_candidates.click_parameters,
    campaign_candidates.utm_source,
    campaign_candidates.utm_medium,
    campaign_candidates.utm_campaign,
    campaign_candidates.tagged_campaign_id,
    -- A campaign found by id comes before the tags, so that its spend and its sessions meet in one
    -- channel.
    coalesce(
        campaigns_by_id.channel,
        campaign_candidates.rule_channel,
        campaigns_by_name.channel,
        click_ids.channel,
        case
            when lower(campaign_candidates.utm_source) = 'direct' then 'Direct'
            when
                not campaign_candidates.has_source_or_medium
                and campaign_candidates.utm_campaign is null
                and campaign_candidates.tagged_campaign_id is null
                then 'Direct'
        end,
        'Other'
    ) as channel,
    coalesce(
        campaign_candidates.id_campaign_id,
        campaign_candidates.alias_campaign_id,
        campaign_candidates.name_campaign_id,
        campaign_candidates.tagged_campaign_id,
        campaign_candidates.campaign_key
    ) as campaign_id,
    campaign_candidates.has_source_or_medium
    and campaign_candidates.rule_channel is null as has_unknown_source_and_medium,
    -- The tags of one channel name a campaign of another: no credit, but a warning.
    case
        when
            coalesce(
                campaign_candidates.id_campaign_id,
                campaign_candidates.alias_campaign_id,
                campaign_candidates.name_campaign_id
            ) is null
            then campaign_candidates.campaign_id_in_any_channel
    end as uncredited_campaign_id
from campaign_candidates
left join platform_campaigns as campaigns_by_id
    on campaign_candidates.id_campaign_id = campaigns_by_id.campaign_id
left join platform_campaigns as campaigns_by_name
    on
        coalesce(campaign_candidates.alias_campaign_id, campaign_candidates.name_campaign_id)
        = campaigns_by_name.campaign_id
left join fitting_click_ids on campaign_candidates.tags_id = fitting_click_ids.tags_id
left join click_ids on fitting_click_ids.click_id_order = click_ids.click_id_order
