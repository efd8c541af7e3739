{#- Source table, bucket, the rows that are counted, and their condition. -#}
{%- set buckets = [
    ('conversions', 'in_customer_ltv', 'customer_conversions', 'customer_id is not null and is_of_buyer'),
    ('conversions', 'without_customer', 'customer_conversions', 'customer_id is null'),
    ('conversions', 'refunds_of_non_buyers', 'customer_conversions', 'customer_id is not null and not is_of_buyer'),
    ('conversions', 'in_campaign_funnel', 'campaign_conversions', 'campaign_id is not null'),
    ('conversions', 'unattributed', 'campaign_conversions', 'campaign_id is null'),
] -%}

with

customer_conversions as (

    select
        valued.customer_id,
        buyers.customer_id is not null as is_of_buyer,
        valued.net_revenue as amount
    from {{ ref('int_conversions') }} as valued
    left join {{ ref('int_customer_acquisitions') }} as buyers on valued.customer_id = buyers.customer_id

),

campaign_conversions as (

    select
        campaign_id,
        net_revenue as amount
    from {{ ref('int_conversion_campaigns') }}

)

select
    source_table,
    bucket,
    row_count,
    amount
from {{ ref('int_raw_totals') }}
union all
select
    source_table,
    bucket,
    row_count,
    amount
from {{ ref('int_accepted_totals') }}
union all
{{ count_buckets(buckets) }}
