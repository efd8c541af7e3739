{%- set first_days = [30, 90, 365] -%}
{%- if execute and var('medium_tier_minimum') > var('high_tier_minimum') -%}
    {{ exceptions.raise_compiler_error(
        'Var medium_tier_minimum is above var high_tier_minimum, '
        ~ 'so that no customer could be medium.'
    ) }}
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

    -- One row, also if there is no conversion yet: the cross join would then lose all customers.
    select max(observed_until) as observed_until
    from {{ ref('int_observation_end') }}

),

customer_sums as (

    select
        conversions.customer_id,
        -- The first purchase is left out by its id and not by its time, because the second one may
        -- be at the same moment.
        min(
            case
                when
                    conversions.conversion_type = 'purchase'
                    and conversions.conversion_id <> acquisitions.first_conversion_id
                    then conversions.converted_at
            end
        ) as second_purchase_at,
        max(case when conversions.conversion_type = 'purchase' then conversions.converted_at end)
            as last_purchase_at,
        cast(
            sum(case when conversions.conversion_type = 'purchase' then 1 else 0 end) as bigint
        ) as purchase_count,
        {% for days in first_days -%}
            sum(
                case
                    when
                        conversions.converted_at
                        < {{ dbt.dateadd('hour', 24 * days, 'acquisitions.first_purchase_at') }}
                        then conversions.net_revenue
                    else 0
                end
            ) as revenue_first_{{ days }}_days,
        {% endfor -%}
        cast(sum(conversions.gross_revenue) as {{ type_decimal(28, 6) }}) as gross_revenue,
        cast(sum(conversions.refunded_revenue) as {{ type_decimal(28, 6) }}) as refunded_revenue,
        cast(sum(conversions.net_revenue) as {{ type_decimal(28, 6) }}) as total_revenue
    from conversions
    -- acquisitions has one row per buyer, so no conversion is doubled. Refunds of people who never
    -- bought find no row.
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
    customer_sums.second_purchase_at,
    customer_sums.last_purchase_at,
    customer_sums.purchase_count,
    customer_sums.purchase_count > 1 as is_repeat_customer,
    customer_sums.gross_revenue,
    customer_sums.refunded_revenue,
    customer_sums.total_revenue,
    {{ ratio('customer_sums.gross_revenue', 'customer_sums.purchase_count') }}
        as average_order_value,
    -- Null until the days have passed in the data: a young customer would look poor. A day is 24
    -- hours, so that the time zone does not matter.
    {% for days in first_days -%}
        cast(
            case
                when
                    observation_end.observed_until
                    >= {{ dbt.dateadd('hour', 24 * days, 'acquisitions.first_purchase_at') }}
                    then customer_sums.revenue_first_{{ days }}_days
            end as {{ type_decimal(28, 6) }}
        ) as revenue_first_{{ days }}_days,
    {% endfor -%}
    case
        when customer_sums.total_revenue >= {{ var('high_tier_minimum') }} then 'high'
        when customer_sums.total_revenue >= {{ var('medium_tier_minimum') }} then 'medium'
        else 'low'
    end as ltv_tier
from acquisitions
inner join customer_sums on acquisitions.customer_id = customer_sums.customer_id
cross join observation_end
