{%- set window_days = [30, 90, 365] -%}
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

    -- max() gives one row even if the model is empty. Without a row the cross join at the end would
    -- drop every customer.
    select max(observed_until) as observed_until
    from {{ ref('int_observation_end') }}

),

customer_figures as (

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
        -- A day is 24 hours, so that the time zone does not matter. There is no lower bound: an
        -- earlier refund counts in every window.
        {% for days in window_days -%}
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
    customer_figures.second_purchase_at,
    customer_figures.last_purchase_at,
    customer_figures.purchase_count,
    customer_figures.purchase_count > 1 as is_repeat_customer,
    customer_figures.gross_revenue,
    customer_figures.refunded_revenue,
    customer_figures.total_revenue,
    {{ ratio('customer_figures.gross_revenue', 'customer_figures.purchase_count') }}
        as average_order_value,
    -- Null until the days have passed in the data: a new customer would look poor.
    {% for days in window_days -%}
        cast(
            case
                when
                    observation_end.observed_until
                    >= {{ dbt.dateadd('hour', 24 * days, 'acquisitions.first_purchase_at') }}
                    then customer_figures.revenue_first_{{ days }}_days
            end as {{ type_decimal(28, 6) }}
        ) as revenue_first_{{ days }}_days,
    {% endfor -%}
    case
        when customer_figures.total_revenue >= {{ var('high_tier_minimum') }} then 'high'
        when customer_figures.total_revenue >= {{ var('medium_tier_minimum') }} then 'medium'
        else 'low'
    end as ltv_tier
from acquisitions
inner join customer_figures on acquisitions.customer_id = customer_figures.customer_id
cross join observation_end
