"""What a study is, as its config says it. Rules import this; jobs never do."""
