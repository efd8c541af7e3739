{%- set types = raw_column_types('campaign_aliases') -%}

-- The raw table is optional. The seed has the same columns and holds aliases that are kept in git.
with

delivered_aliases as (

    select
        'raw table' as origin,
        {{ raw_text('alias', types) }} as alias,
        {{ raw_text('campaign_id', types) }} as campaign_id
    {{ 'from ' ~ source('marketing', 'campaign_aliases') if types else 'where false' }}

    union all

    select
        'seed' as origin,
        alias,
        campaign_id
    from {{ ref('campaign_aliases') }}

),

cleaned_aliases as (

    select
        origin,
        {{ cleaned_text('alias') }} as alias,
        {{ cleaned_id('campaign_id') }} as campaign_id,
        {{ joined_texts(',', ['alias', 'campaign_id']) }} as given_row
    from delivered_aliases

)

select
    origin,
    alias,
    -- Tags find their alias by this key.
    {{ ignoring_case('alias') }} as alias_key,
    campaign_id,
    given_row,
    {{ rejection_reasons({
        'alias_missing': 'alias is null',
        'campaign_id_missing': 'campaign_id is null',
        'campaign_id_damaged': is_damaged_id('campaign_id'),
    }) }} as rejection_reasons
from cleaned_aliases
