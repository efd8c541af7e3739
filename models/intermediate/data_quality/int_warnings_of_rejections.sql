with

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

rejected_rows as (

    select
        'sessions' as source_table,
        session_id as record_key,
        rejection_reasons,
        cast(null as {{ type_decimal(28, 6) }}) as amount
    from {{ ref('base_marketing__reviewed_sessions') }}
    where record_status = 'rejected'

    union all

    select
        'conversions' as source_table,
        conversions.conversion_id as record_key,
        conversions.rejection_reasons,
        abs({{ converted_amount(signed_revenue()) }}) as amount
    from {{ ref('base_marketing__reviewed_conversions') }} as conversions
    left join exchange_rates
        on {{ rate_applies('conversions.currency', business_date('conversions.converted_at')) }}
    where conversions.record_status = 'rejected'

    union all

    select
        'campaign_metrics' as source_table,
        {{ metrics_key() }} as record_key,
        campaign_metrics.rejection_reasons,
        abs({{ converted_amount('campaign_metrics.spend') }}) as amount
    from {{ ref('base_marketing__reviewed_campaign_metrics') }} as campaign_metrics
    left join exchange_rates
        on {{ rate_applies('campaign_metrics.currency', 'campaign_metrics.metric_date') }}
    where campaign_metrics.record_status = 'rejected'

),

classified_rows as (

    select
        *,
        case
            when rejection_reasons like '%conflicting_rows_in_one_load%' then 'conflicting_loads'
            when rejection_reasons like '%two_levels_of_one_campaign%'
                then 'two_levels_of_one_campaign'
            else 'rejected_records'
        end as warning
    from rejected_rows

),

warned_rows as (

    select
        warning,
        source_table,
        source_table || ': '
        || case warning when 'rejected_records' then rejection_reasons else record_key end
            as subject,
        amount
    from classified_rows

)

select
    warning,
    subject,
    count(*) as row_count,
    'rows' as counted,
    cast(sum(amount) as {{ type_decimal(28, 6) }}) as amount,
    case
        when warning = 'rejected_records'
            then
                'Correct the rows at their source and load them again. int_rejected_records holds'
                || ' them as delivered. Times are written 2026-03-01 10:20:30, and amounts 1234.50.'
                || ' An id such as 1.2E+17 has lost digits in a spreadsheet: export it anew.'
        when warning = 'two_levels_of_one_campaign'
            then
                'A campaign and day came with and without ad_id, and would count twice. Deliver'
                || ' only one of the two levels, and delete the rows of the other one.'
        when source_table = 'sessions'
            then
                'One session_id came with several anonymous_ids in one load, so it is unique per'
                || ' visitor only. Put the anonymous_id before it, here and in conversions. Loads'
                || ' without such a contradiction are accepted.'
        when source_table = 'conversions'
            then
                'Rows of one conversion_id contradict each other in one load. They may be line'
                || ' items instead of orders, orders of two shops with the same number, or a refund'
                || ' under the id of its order. Make the id unique. Loads without such a'
                || ' contradiction are accepted.'
        else
            'Rows of one campaign and day contradict each other in one load. Add them up, or put'
            || ' the finer unit into ad_id. Loads without such a contradiction are accepted.'
    end as advice
from warned_rows
group by warning, source_table, subject
