{%- set prior = var('efficiency_prior_conversions') -%}
{#- Below so many expected conversions nothing is said about them. -#}
{%- set enough_conversions = 20 -%}

with

campaign_steps as (

    select
        *,
        {{ at_nine_decimals('step_index') }} as compared_index,
        {{ at_nine_decimals('z') }} as compared_z,
        {{ at_nine_decimals('expected') }} as compared_expected
    from {{ ref('int_campaign_benchmarks') }}

),

-- Only what its own channel does better says that a stage can be mended. Against other channels
-- often only the mix differs: search is clicked more than display.
ranked_weak_stages as (

    select
        period,
        campaign_id,
        step as weakest_stage,
        expected,
        continued,
        z,
        compared_z,
        row_number() over (
            partition by period, campaign_id order by compared_z, step_order
        ) as weakness_rank
    from campaign_steps
    where
        step in ('click_through', 'click_to_session', 'session_to_conversion')
        and benchmark = 'channel'
        and compared_index < {{ var('weak_stage_index') }}
        and compared_z <= -2

),

campaigns as (

    select
        click_through.period,
        click_through.campaign_id,
        click_through.channel,
        click_through.campaign_group,
        click_through.benchmark,
        click_through.step_index as click_through_index,
        click_to_session.step_index as click_to_session_index,
        session_to_conversion.step_index as session_to_conversion_index,
        click_to_session.benchmark_continued
        / nullif(click_to_session.benchmark_entered, 0) as click_to_session_benchmark_rate,
        session_to_conversion.benchmark_continued
        / nullif(session_to_conversion.benchmark_entered, 0) as session_to_conversion_benchmark_rate,
        session_to_conversion.benchmark_gross_revenue
        / nullif(session_to_conversion.benchmark_continued, 0) as benchmark_revenue_per_conversion,
        -- People click clearly more than on the channel's others and buy clearly less.
        coalesce(
            click_through.benchmark = 'channel'
            and click_through.compared_index >= {{ var('clicked_index_minimum') }}
            and session_to_conversion.compared_index <= {{ var('not_converting_index_maximum') }}
            and session_to_conversion.compared_z <= -1.64,
            false
        ) as is_clicked_but_not_converting,
        coalesce(
            session_to_conversion.compared_expected >= {{ enough_conversions }}, false
        ) as has_enough_data,
        whole_way.entered as impressions,
        whole_way.continued as conversions,
        whole_way.benchmark_entered as benchmark_impressions,
        whole_way.benchmark_continued as benchmark_conversions,
        sum(whole_way.entered) over (partition by whole_way.period) as portfolio_impressions,
        sum(whole_way.continued) over (partition by whole_way.period) as portfolio_conversions,
        case
            when click_through.benchmark <> 'channel' or money.expected is null then null
            when money.compared_z <= -2 and money.compared_index < 0.8 then 'dearer'
            when money.compared_z >= 2 and money.compared_index > 1.25 then 'cheaper'
            when money.compared_expected < {{ enough_conversions }} then 'too little data'
            else 'similar'
        end as cost_comparison
    from campaign_steps as click_through
    inner join campaign_steps as click_to_session
        on
            click_through.period = click_to_session.period
            and click_through.campaign_id = click_to_session.campaign_id
            and click_to_session.step = 'click_to_session'
    inner join campaign_steps as session_to_conversion
        on
            click_through.period = session_to_conversion.period
            and click_through.campaign_id = session_to_conversion.campaign_id
            and session_to_conversion.step = 'session_to_conversion'
    inner join campaign_steps as whole_way
        on
            click_through.period = whole_way.period
            and click_through.campaign_id = whole_way.campaign_id
            and whole_way.step = 'impression_to_conversion'
    inner join campaign_steps as money
        on
            click_through.period = money.period
            and click_through.campaign_id = money.campaign_id
            and money.step = 'spend_to_conversion'
    where click_through.step = 'click_through'

),

-- How many times as well as the portfolio, and as its channel, a campaign converts. A product of
-- stages ranks better than conversions per impression, which are few: clicks tell much, too.
multiples as (

    select
        *,
        click_through_index * click_to_session_index * session_to_conversion_index as index_product,
        -- The benchmark against the portfolio, held near 1 by the prior: a benchmark without
        -- conversions would make every score 0.
        (benchmark_conversions + {{ prior }}) * portfolio_impressions
        / nullif(
            benchmark_impressions * portfolio_conversions + {{ prior }} * portfolio_impressions, 0
        ) as benchmark_multiple,
        (conversions + {{ prior }}) * portfolio_impressions
        / nullif(
            impressions * portfolio_conversions + {{ prior }} * portfolio_impressions, 0
        ) as own_multiple
    from campaigns

),

scores as (

    select
        *,
        100 * coalesce(index_product * benchmark_multiple, own_multiple)
        / (1 + coalesce(index_product * benchmark_multiple, own_multiple)) as efficiency_score,
        case
            when benchmark = 'channel' then 100 * index_product / (1 + index_product)
        end as efficiency_score_in_channel
    from multiples

),

ranks as (

    select
        *,
        row_number() over (
            partition by period
            order by
                {{ at_nine_decimals('efficiency_score') }} desc nulls last,
                {{ by_code_point('campaign_id') }}
        ) as score_rank,
        row_number() over (
            partition by period, channel, campaign_group
            order by
                {{ at_nine_decimals('efficiency_score_in_channel') }} desc nulls last,
                {{ by_code_point('campaign_id') }}
        ) as score_rank_in_channel
    from scores

),

losses as (

    select
        ranks.*,
        ranked_weak_stages.weakest_stage,
        ranked_weak_stages.compared_z as weakest_z,
        -- z is negative, so more was expected than came. What was flagged is partly bad luck: the
        -- part 1 / z² is taken off.
        (ranked_weak_stages.expected - ranked_weak_stages.continued)
        * (1 - 1 / (ranked_weak_stages.z * ranked_weak_stages.z))
        * case ranked_weak_stages.weakest_stage
            when 'click_through'
                then ranks.click_to_session_benchmark_rate * ranks.click_to_session_index
            else 1
        end
        * case ranked_weak_stages.weakest_stage
            when 'session_to_conversion' then 1
            else ranks.session_to_conversion_benchmark_rate * ranks.session_to_conversion_index
        end as lost_conversions
    from ranks
    left join ranked_weak_stages
        on
            ranks.period = ranked_weak_stages.period
            and ranks.campaign_id = ranked_weak_stages.campaign_id
            and ranked_weak_stages.weakness_rank = 1

)

select
    period,
    campaign_id,
    click_through_index,
    click_to_session_index,
    session_to_conversion_index,
    benchmark,
    efficiency_score,
    case when efficiency_score is not null then score_rank end as efficiency_rank,
    efficiency_score_in_channel,
    case
        when efficiency_score_in_channel is not null then score_rank_in_channel
    end as efficiency_rank_in_channel,
    weakest_stage,
    case
        when benchmark <> 'channel' or benchmark is null then null
        when weakest_z <= -3 then 'strong'
        when weakest_stage is not null then 'likely'
        when not has_enough_data then 'too little data'
        else 'none'
    end as evidence,
    is_clicked_but_not_converting,
    lost_conversions,
    lost_conversions * benchmark_revenue_per_conversion as lost_revenue,
    cost_comparison
from losses
