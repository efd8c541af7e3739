-- All ad platforms → campaign_metrics.
-- Written for: any warehouse.
-- Reads:       the views that the files *_ads_fivetran_campaign_metrics.sql make. Run them first.
-- Makes:       the view marketing_raw.campaign_metrics.
-- Change:      marketing_raw. Delete the platforms that you do not have, and add yours.
create or replace view marketing_raw.campaign_metrics as
select * from marketing_raw.google_ads_campaign_metrics
union all
select * from marketing_raw.meta_ads_campaign_metrics
union all
select * from marketing_raw.linkedin_ads_campaign_metrics;
