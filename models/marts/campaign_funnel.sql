with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

scores as (

    select * from {{ ref('int_campaign_scores') }}

)

select
    campaigns.campaign_id,
    campaigns.campaign_name,
    campaigns.platform,
    campaigns.channel,
    campaigns.first_active_date,
    campaigns.last_active_date,
    campaigns.impressions,
    campaigns.clicks,
    campaigns.sessions,
    campaigns.conversions,
    campaigns.spend,
    campaigns.revenue,
    {{ ratio('campaigns.clicks', 'campaigns.impressions') }} as click_through_rate,
    {{ ratio('campaigns.sessions', 'campaigns.clicks') }} as click_to_session_rate,
    {{ ratio('campaigns.conversions', 'campaigns.sessions') }} as session_to_conversion_rate,
    {{ ratio('campaigns.conversions', 'campaigns.impressions') }} as impression_to_conversion_rate,
    scores.click_through_index,
    scores.click_to_session_index,
    scores.session_to_conversion_index,
    scores.benchmark,
    scores.efficiency_score,
    scores.efficiency_rank,
    scores.weakest_stage,
    coalesce(scores.is_clicked_but_not_converting, false) as is_clicked_but_not_converting,
    scores.lost_conversions,
    scores.lost_revenue,
    {{ ratio('campaigns.spend', 'campaigns.clicks') }} as cost_per_click,
    {{ ratio('campaigns.spend', 'campaigns.conversions') }} as cost_per_conversion,
    {{ ratio('campaigns.revenue', 'campaigns.spend') }} as return_on_ad_spend,
    campaigns.tracking_status
from campaigns
left join scores on campaigns.campaign_id = scores.campaign_id
