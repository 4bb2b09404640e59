"""What is taxed at which rate: rates by place and kind of goods, and who is exempt."""
