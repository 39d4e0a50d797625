CREATE TABLE custom_emojis (
    shortcode text PRIMARY KEY,
    image jsonb NOT NULL,
    category text,
    visible_in_picker bool NOT NULL
);
