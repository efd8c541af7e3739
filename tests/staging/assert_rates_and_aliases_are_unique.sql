-- Invariant: a rate or an alias stands either in the raw table or in the seed, and has one value.
-- Guards against: choosing one of two values at random, and a join that doubles money or sessions.
{{ config(store_failures=true) }}

with

valid_rows as (

    select
        'exchange_rates' as table_name,
        currency || ' in ' || reporting_currency || ' from '
        || cast(valid_from as {{ dbt.type_string() }}) as record_key,
        origin,
        cast(rate as {{ dbt.type_string() }}) as given_value
    from {{ ref('base_marketing__exchange_rates') }}
    where rejection_reasons is null

    union all

    select
        'campaign_aliases' as table_name,
        alias_key as record_key,
        origin,
        campaign_id as given_value
    from {{ ref('base_marketing__campaign_aliases') }}
    where rejection_reasons is null

)

select
    table_name,
    record_key,
    min(origin) as first_origin,
    max(origin) as last_origin,
    min({{ by_code_point('given_value') }}) as lowest_value,
    max({{ by_code_point('given_value') }}) as highest_value
from valid_rows
group by table_name, record_key
having min(origin) <> max(origin) or min(given_value) <> max(given_value)
