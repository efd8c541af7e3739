-- LinkedIn Ads → campaign_metrics.
-- Written for: BigQuery, and Fivetran's connector.
-- Reads:       linkedin_ads.ad_analytics_by_creative, creative_history, campaign_history,
--              account_history.
-- Makes:       the view marketing_raw.linkedin_ads_campaign_metrics, which
--              united_campaign_metrics.sql reads.
-- Change:      linkedin_ads, marketing_raw.
--
-- LinkedIn's campaign is what others call an ad set, and what {{CAMPAIGN_ID}} in a link says. Its
-- creative is the ad. Clicks are those to the landing page, not those on the company's name.
-- A creative without history has an unknown campaign, and so an unknown account and currency: its
-- spend goes to `(deleted LinkedIn ads)` in the currency `(unknown)`, which the build names.
create or replace view marketing_raw.linkedin_ads_campaign_metrics as
with creatives as (
    select id, max_by(campaign_id, last_modified_at) as campaign_id
    from linkedin_ads.creative_history
    group by id
),

campaigns as (
    select
        id,
        max_by(name, last_modified_time) as name,
        max_by(account_id, last_modified_time) as account_id
    from linkedin_ads.campaign_history
    group by id
),

accounts as (
    select id, max_by(currency, last_modified_time) as currency
    from linkedin_ads.account_history
    group by id
)

select
    cast(creative_days.day as date) as metric_date,
    'linkedin_ads' as platform,
    coalesce(cast(creatives.campaign_id as string), '(deleted LinkedIn ads)') as campaign_id,
    cast(creative_days.creative_id as string) as ad_id,
    if(creatives.campaign_id is null, 'Deleted ads, campaign unknown', campaigns.name)
        as campaign_name,
    creative_days.impressions,
    creative_days.landing_page_clicks as clicks,
    cast(creative_days.cost_in_local_currency as numeric) as spend,
    coalesce(accounts.currency, '(unknown)') as currency  -- null would mean the reporting currency
from linkedin_ads.ad_analytics_by_creative as creative_days
left join creatives on creative_days.creative_id = creatives.id
left join campaigns on creatives.campaign_id = campaigns.id
left join accounts on campaigns.account_id = accounts.id;
