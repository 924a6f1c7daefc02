"""TikTok: open.tiktokapis.com and its upload host under /tiktok/api, www.tiktok.com under /tiktok."""
