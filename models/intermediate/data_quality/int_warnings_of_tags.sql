{%- set separators = "[ ._/|:+=,\"'’-]" -%}

with

session_tags as (

    select * from {{ ref('int_session_tags') }}

),

session_days as (

    select * from {{ ref('int_session_days') }}

),

conversions as (

    select * from {{ ref('int_conversions') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}
    where period = 'all_time'

),

placeholder_ids as (

    -- Some loaders of seeds read the text null as no value, so a missing value is that text.
    select coalesce(placeholder_id, 'null') as placeholder_id
    from {{ ref('placeholder_ids') }}

),

campaign_aliases as (

    select distinct
        alias,
        alias_key,
        campaign_id
    from {{ ref('base_marketing__campaign_aliases') }}
    where rejection_reasons is null

),

tag_sessions as (

    select
        session_tags.tags_id,
        sum(session_days.sessions) as session_count
    from session_days
    inner join session_tags on {{ has_tags('session_days', 'tagged_campaign_id') }}
    group by session_tags.tags_id

),

tag_revenues as (

    select
        session_tags_id as tags_id,
        sum(net_revenue) as revenue
    from conversions
    group by session_tags_id

),

counted_tags as (

    select
        session_tags.*,
        {{ ignoring_case('session_tags.utm_campaign') }} as campaign_key,
        coalesce(session_tags.utm_source, '(none)') || ' / '
        || coalesce(session_tags.utm_medium, '(none)') as source_and_medium,
        tag_sessions.session_count,
        tag_revenues.revenue
    from session_tags
    inner join tag_sessions on session_tags.tags_id = tag_sessions.tags_id
    left join tag_revenues on session_tags.tags_id = tag_revenues.tags_id

),

unruled_tags as (

    select
        'tags_in_channel_other' as warning,
        source_and_medium as subject,
        cast(sum(session_count) as bigint) as row_count,
        'sessions' as counted,
        cast(sum(revenue) as {{ type_decimal(28, 6) }}) as amount,
        'Only the last rule fits this source / medium. Add a rule to the seed channel_rules.'
        || ' README.md says where.' as advice
    from counted_tags
    where has_unknown_source_and_medium and channel = 'Other'
    group by source_and_medium

),

uncredited_tags as (

    select
        'campaigns_in_tags_of_another_channel' as warning,
        uncredited_campaign_id || ' in ' || source_and_medium as subject,
        cast(sum(session_count) as bigint) as row_count,
        'sessions' as counted,
        cast(sum(revenue) as {{ type_decimal(28, 6) }}) as amount,
        'The tags carry the name of a campaign of another channel, which gets no credit for these'
        || ' sessions. If they belong to that campaign, correct the source and medium, or put its'
        || ' id into utm_campaign.' as advice
    from counted_tags
    where uncredited_campaign_id is not null
    group by uncredited_campaign_id, source_and_medium

),

-- In campaign_id only an empty value means that there is no campaign.
placeholder_campaigns as (

    select
        'placeholders_in_campaign_id' as warning,
        'sessions.campaign_id: ' || tagged_campaign_id as subject,
        cast(sum(session_count) as bigint) as row_count,
        'sessions' as counted,
        cast(sum(revenue) as {{ type_decimal(28, 6) }}) as amount,
        'This stands for no campaign, but these sessions count as those of a campaign with this'
        || ' id. Deliver an empty campaign_id where there is none.' as advice
    from counted_tags
    where
        tagged_campaign_id is not null
        and (
            {{ utm_campaign_value('tagged_campaign_id') }} is null
            or lower(tagged_campaign_id) in (
                select placeholder_ids.placeholder_id from placeholder_ids
            )
        )
    group by tagged_campaign_id

),

alias_sessions as (

    select
        campaign_aliases.alias,
        campaign_aliases.campaign_id,
        sum(counted_tags.session_count) as session_count,
        sum(counted_tags.revenue) as revenue
    from campaign_aliases
    inner join campaigns
        on
            campaign_aliases.campaign_id = campaigns.campaign_id
            and campaigns.tracking_status = 'no_metrics'
    inner join counted_tags
        on
            campaign_aliases.alias_key = counted_tags.campaign_key
            and campaign_aliases.campaign_id = counted_tags.campaign_id
    group by campaign_aliases.alias, campaign_aliases.campaign_id

),

unknown_aliases as (

    select
        'aliases_of_unknown_campaigns' as warning,
        alias || ': ' || campaign_id as subject,
        cast(session_count as bigint) as row_count,
        'sessions' as counted,
        cast(revenue as {{ type_decimal(28, 6) }}) as amount,
        'campaign_aliases leads these sessions to a campaign that no platform reports. That is'
        || ' right for an e-mail campaign. Otherwise correct the campaign_id there.' as advice
    from alias_sessions

),

-- A link may carry the id or the name, so each campaign is compared by both. Names are not unique:
-- only those of campaigns that the site never saw are compared.
campaign_ids_and_names as (

    select
        campaign_id,
        campaign_id as written,
        tracking_status = 'no_sessions' as is_unseen,
        spend
    from campaigns
    where tracking_status <> 'no_metrics'

    union distinct

    select
        campaign_id,
        campaign_name as written,
        true as is_unseen,
        spend
    from campaigns
    where tracking_status = 'no_sessions'

),

-- Ids and names are compared without blanks, separators and quotes.
platform_keys as (

    select
        campaign_id,
        is_unseen,
        spend,
        {{ replace_matches(ignoring_case('written'), separators, '') }} as plain_text
    from campaign_ids_and_names

),

-- A spreadsheet writes a long id as 1.2021E+17. This keeps only the first digits and the length.
unknown_campaigns as (

    select
        campaign_id,
        sessions,
        case
            when {{ matches('campaign_id', "'[0-9]+[.]0+'") }}
                then {{ replace_matches('campaign_id', '[.]0+$', '') }}
            else {{ replace_matches(ignoring_case('campaign_id'), separators, '') }}
        end as plain_text,
        case
            when {{ matches('campaign_id', "'[0-9]([.,][0-9]+)?[eE][+]?[0-9]{1,2}'") }}
                then {{ replace_matches('lower(campaign_id)', 'e.*', '') }}
        end as mantissa,
        case
            when {{ matches('campaign_id', "'[0-9]([.,][0-9]+)?[eE][+]?[0-9]{1,2}'") }}
                then cast({{ replace_matches('lower(campaign_id)', '.*e[+]?', '') }} as integer)
        end as exponent
    from campaigns
    where tracking_status = 'no_metrics'

),

near_ids as (

    select
        platform_keys.campaign_id,
        unknown_campaigns.campaign_id as unknown_campaign_id,
        max(unknown_campaigns.sessions) as session_count,
        max(platform_keys.spend) as spend
    from platform_keys
    inner join unknown_campaigns
        on
            platform_keys.plain_text = unknown_campaigns.plain_text
            -- A spreadsheet keeps 15 digits of a number, and fills the rest with zeros.
            or (
                length(platform_keys.plain_text) = length(unknown_campaigns.plain_text)
                and length(platform_keys.plain_text) > 15
                and substr(platform_keys.plain_text, 1, 15)
                = substr(unknown_campaigns.plain_text, 1, 15)
                and (
                    replace(substr(platform_keys.plain_text, 16), '0', '') = ''
                    or replace(substr(unknown_campaigns.plain_text, 16), '0', '') = ''
                )
            )
            or (
                -- So few digits fit many ids of one account.
                platform_keys.is_unseen
                and length(platform_keys.plain_text) = unknown_campaigns.exponent + 1
                -- The last digit of the mantissa may be rounded.
                and substr(
                    platform_keys.plain_text,
                    1,
                    greatest(length(unknown_campaigns.mantissa) - 2, 1)
                )
                = substr(
                    replace(replace(unknown_campaigns.mantissa, '.', ''), ',', ''),
                    1,
                    greatest(length(unknown_campaigns.mantissa) - 2, 1)
                )
            )
    group by platform_keys.campaign_id, unknown_campaigns.campaign_id

),

nearly_equal_ids as (

    select
        'ids_that_nearly_match' as warning,
        campaign_id || ' (metrics) and ' || unknown_campaign_id || ' (sessions)' as subject,
        cast(session_count as bigint) as row_count,
        'sessions' as counted,
        cast(spend as {{ type_decimal(28, 6) }}) as amount,
        'A campaign of a platform and one that no platform knows have the same name, or ids that'
        || ' differ only in .0, separators, quotes, an exponent or last digits that became zeros.'
        || ' Tag the links with the id as the platform writes it, or add an alias to'
        || ' campaign_aliases.' as advice
    from near_ids

)

select * from unruled_tags
union all
select * from uncredited_tags
union all
select * from placeholder_campaigns
union all
select * from unknown_aliases
union all
select * from nearly_equal_ids
