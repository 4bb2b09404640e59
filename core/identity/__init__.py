"""Who people and organisations are: contacts proven, papers decided on, levels that gate what one may do."""
