DROP TABLE replaced_keys;
