{%- if execute and var('medium_tier_minimum') > var('high_tier_minimum') -%}
    {{ exceptions.raise_compiler_error('Var medium_tier_minimum is above var high_tier_minimum, so that no customer could be medium.') }}
{%- endif -%}

with

conversions as (

    select *
    from {{ ref('int_conversions') }}
    where customer_id is not null

),

acquisitions as (

    select * from {{ ref('int_customer_acquisitions') }}

),

observation_end as (

    select * from {{ ref('int_observation_end') }}

),

summed_up as (

    select
        conversions.customer_id,
        -- Of several purchases at one moment the lowest conversion_id is the first, so that the
        -- second may be at that moment, too.
        min(
            case
                when
                    conversions.conversion_type = 'purchase'
                    and conversions.conversion_id <> acquisitions.first_conversion_id
                    then conversions.converted_at
            end
        ) as second_purchase_at,
        max(case when conversions.conversion_type = 'purchase' then conversions.converted_at end) as last_purchase_at,
        cast(sum(case when conversions.conversion_type = 'purchase' then 1 else 0 end) as bigint) as purchase_count,
        {% for days in [30, 90, 365] -%}
            sum(
                case
                    when conversions.converted_at < {{ dbt.dateadd('hour', 24 * days, 'acquisitions.first_purchase_at') }}
                        then conversions.net_revenue
                    else 0
                end
            ) as revenue_first_{{ days }}_days,
        {% endfor -%}
        cast(sum(conversions.gross_revenue) as numeric(28, 6)) as gross_revenue,
        cast(sum(conversions.refunded_revenue) as numeric(28, 6)) as refunded_revenue,
        cast(sum(conversions.net_revenue) as numeric(28, 6)) as total_revenue
    from conversions
    -- Refunds of somebody who never bought make no customer.
    inner join acquisitions on conversions.customer_id = acquisitions.customer_id
    group by conversions.customer_id

)

select
    acquisitions.customer_id,
    acquisitions.acquisition_channel,
    acquisitions.acquisition_source,
    acquisitions.acquisition_medium,
    acquisitions.acquisition_campaign_id,
    acquisitions.acquired_at,
    acquisitions.first_purchase_at,
    {{ business_date('acquisitions.first_purchase_at') }} as first_purchase_date,
    summed_up.second_purchase_at,
    summed_up.last_purchase_at,
    summed_up.purchase_count,
    summed_up.purchase_count > 1 as is_repeat_customer,
    summed_up.gross_revenue,
    summed_up.refunded_revenue,
    summed_up.total_revenue,
    {{ ratio('summed_up.gross_revenue', 'summed_up.purchase_count') }} as average_order_value,
    {% for days in [30, 90, 365] -%}
        cast(
            case
                when observation_end.observed_until >= {{ dbt.dateadd('hour', 24 * days, 'acquisitions.first_purchase_at') }}
                    then summed_up.revenue_first_{{ days }}_days
            end as numeric(28, 6)
        ) as revenue_first_{{ days }}_days,
    {% endfor -%}
    case
        when summed_up.total_revenue >= {{ var('high_tier_minimum') }} then 'high'
        when summed_up.total_revenue >= {{ var('medium_tier_minimum') }} then 'medium'
        else 'low'
    end as ltv_tier
from acquisitions
inner join summed_up on acquisitions.customer_id = summed_up.customer_id
-- One row at most: none where no conversion lies before the build's start.
left join observation_end on observation_end.observed_until is not null
