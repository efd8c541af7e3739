with

sessions as (

    select * from {{ ref('stg_marketing__sessions') }}

),

reviewed_sessions as (

    select * from {{ ref('base_marketing__reviewed_sessions') }}
    where record_status <> 'superseded'

),

reviewed_conversions as (

    select * from {{ ref('base_marketing__reviewed_conversions') }}
    where record_status <> 'superseded'

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

shared_anonymous_ids as (

    select * from {{ ref('int_anonymous_owners') }}
    where is_shared

),

acquisitions as (

    select * from {{ ref('int_customer_acquisitions') }}

),

placeholders as (

    select
        'sessions.anonymous_id: ' || lower(given_anonymous_id) as subject,
        cast(null as {{ type_decimal(28, 6) }}) as amount
    from reviewed_sessions
    where given_anonymous_id is not null and anonymous_id is null

    union all

    select
        'sessions.user_id: ' || lower(given_user_id) as subject,
        cast(null as {{ type_decimal(28, 6) }}) as amount
    from reviewed_sessions
    where given_user_id is not null and user_id is null

    union all

    select
        'conversions.user_id: ' || lower(reviewed_conversions.given_user_id) as subject,
        {{ converted_amount(signed_revenue()) }} as amount
    from reviewed_conversions
    left join exchange_rates
        on
            {{ rate_applies(
                'reviewed_conversions.currency',
                business_date('reviewed_conversions.converted_at')
            ) }}
    where reviewed_conversions.given_user_id is not null and reviewed_conversions.user_id is null

),

placeholder_values as (

    select
        'placeholder_ids' as warning,
        subject,
        count(*) as row_count,
        'rows' as counted,
        cast(sum(amount) as {{ type_decimal(28, 6) }}) as amount,
        'This id stands for nobody. It is taken as missing, because it would merge many people into'
        || ' one. Let the tracker send nothing where nobody is known. If the value is a real id,'
        || ' remove it from the seed placeholder_ids.' as advice
    from placeholders
    group by subject

),

shared_devices as (

    select
        'anonymous_ids_of_several_users' as warning,
        cast(count(distinct shared_anonymous_ids.anonymous_id) as {{ dbt.type_string() }})
        || ' anonymous_ids' as subject,
        count(*) as row_count,
        'sessions' as counted,
        cast(null as {{ type_decimal(28, 6) }}) as amount,
        'Shared devices: each belongs to the user with whom it was last seen. int_anonymous_owners'
        || ' shows them (is_shared).' as advice
    from sessions
    inner join shared_anonymous_ids on sessions.anonymous_id = shared_anonymous_ids.anonymous_id
    -- Without shared devices an aggregate would still return a row.
    having count(*) > 0

),

-- Ids of two tools that never meet give no error: all customers would be Unknown. A few customers
-- without a session are normal.
unseen_buyers as (

    select
        'customers_without_sessions' as warning,
        cast(count(*) - count(acquired_at) as {{ dbt.type_string() }}) || ' of '
        || cast(count(*) as {{ dbt.type_string() }}) || ' customers' as subject,
        count(*) - count(acquired_at) as row_count,
        'rows' as counted,
        cast(null as {{ type_decimal(28, 6) }}) as amount,
        'Most customers have no session before their first purchase, so their channel is Unknown.'
        || ' Do sessions and conversions use the same user_id? Best give each conversion the'
        || ' session_id of its session.' as advice
    from acquisitions
    having count(*) >= 20 and 2 * count(acquired_at) < count(*)

)

select * from placeholder_values
union all
select * from shared_devices
union all
select * from unseen_buyers
