CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE erasure (
	id VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	reason VARCHAR NOT NULL, 
	"references" INTEGER NOT NULL, 
	templates INTEGER NOT NULL, 
	mandates INTEGER NOT NULL, 
	others INTEGER NOT NULL, 
	digests JSON NOT NULL, 
	finished_at VARCHAR(27), paths JSON DEFAULT '[]' NOT NULL, kept JSON DEFAULT '[]' NOT NULL, "left" JSON DEFAULT '[]' NOT NULL, on_request BOOLEAN DEFAULT 1 NOT NULL, keyed BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id)
);

CREATE INDEX ix_erasure_subject_id ON erasure (subject_id);

CREATE TABLE party (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	kind VARCHAR(9) NOT NULL, 
	parent_id VARCHAR, 
	commercial BOOLEAN NOT NULL, 
	postal_address VARCHAR NOT NULL, 
	email VARCHAR NOT NULL, 
	phone VARCHAR NOT NULL, 
	signatory VARCHAR NOT NULL, 
	created_at VARCHAR(27) NOT NULL, consent_needed BOOLEAN DEFAULT '0' NOT NULL, name_key VARCHAR DEFAULT '' NOT NULL, officer VARCHAR DEFAULT '' NOT NULL, recipients VARCHAR DEFAULT '' NOT NULL, transfers VARCHAR DEFAULT '' NOT NULL, purposes VARCHAR DEFAULT '' NOT NULL, folder VARCHAR DEFAULT '' NOT NULL, consent_needed_at VARCHAR(27), checkable BOOLEAN DEFAULT '0' NOT NULL, accept_at_once BOOLEAN DEFAULT '0' NOT NULL, second_share FLOAT DEFAULT '0' NOT NULL, second_shares JSON DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(parent_id) REFERENCES party (id), 
	UNIQUE (name)
);

CREATE TABLE subject (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	kind VARCHAR(9) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	erased_at VARCHAR(27), name_key VARCHAR DEFAULT '' NOT NULL, left_at VARCHAR(27), minor_until VARCHAR(27), minor_noted_at VARCHAR(27), life VARCHAR(8) DEFAULT 'UNKNOWN' NOT NULL, died_on DATE, domicile VARCHAR DEFAULT '' NOT NULL, aliases JSON DEFAULT '[]' NOT NULL, alias_keys VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id), 
	UNIQUE (party_id, kind, name)
);

CREATE INDEX ix_subject_party_id ON subject (party_id);

CREATE TABLE reference (
	id VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	file_name VARCHAR NOT NULL, 
	media_type VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	era_from INTEGER, 
	era_to INTEGER, 
	created_at VARCHAR(27) NOT NULL, kind VARCHAR(9) DEFAULT 'PICTURE' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(subject_id) REFERENCES subject (id), 
	UNIQUE (subject_id, sha256)
);

CREATE INDEX ix_reference_sha256 ON reference (sha256);

CREATE INDEX ix_reference_subject_id ON reference (subject_id);

CREATE TABLE template (
	id VARCHAR NOT NULL, 
	reference_id VARCHAR NOT NULL, 
	encoder VARCHAR NOT NULL, 
	arrays BLOB NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(reference_id) REFERENCES reference (id), 
	UNIQUE (reference_id, encoder)
);

CREATE INDEX ix_template_encoder ON template (encoder);

CREATE INDEX ix_template_reference_id ON template (reference_id);

CREATE TABLE custody_entry (
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	actor VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	capture_id VARCHAR NOT NULL, 
	detail JSON NOT NULL, 
	previous VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	PRIMARY KEY (seq)
);

CREATE INDEX ix_custody_entry_capture_id ON custody_entry (capture_id);

CREATE TABLE source (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	kind VARCHAR(7) NOT NULL, 
	url VARCHAR NOT NULL, 
	created_at VARCHAR(27) NOT NULL, paused_at VARCHAR(27), removed_at VARCHAR(27), 
	PRIMARY KEY (id), 
	UNIQUE (name)
);

CREATE TABLE video (
	id VARCHAR NOT NULL, 
	media_url VARCHAR NOT NULL, 
	page_url VARCHAR, 
	title VARCHAR NOT NULL, 
	description VARCHAR NOT NULL, 
	uploader VARCHAR NOT NULL, 
	published_at VARCHAR(27), 
	platform_label VARCHAR, 
	first_seen_at VARCHAR(27) NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	failure VARCHAR, 
	remedy VARCHAR, 
	retryable BOOLEAN NOT NULL, 
	attempts INTEGER NOT NULL, 
	tried_at VARCHAR(27), via VARCHAR(5) DEFAULT 'HTTP' NOT NULL, counts JSON DEFAULT '{}' NOT NULL, said VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (media_url)
);

CREATE INDEX ix_video_state ON video (state);

CREATE TABLE capture (
	id VARCHAR NOT NULL, 
	video_id VARCHAR NOT NULL, 
	captured_at VARCHAR(27) NOT NULL, 
	media_sha256 VARCHAR NOT NULL, 
	media_size INTEGER NOT NULL, 
	media_type VARCHAR NOT NULL, 
	final_url VARCHAR NOT NULL, 
	page_sha256 VARCHAR, 
	manifest_sha256 VARCHAR NOT NULL, 
	headers JSON NOT NULL, warc_sha256 VARCHAR, screenshot_sha256 VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(video_id) REFERENCES video (id)
);

CREATE INDEX ix_capture_media_sha256 ON capture (media_sha256);

CREATE INDEX ix_capture_video_id ON capture (video_id);

CREATE TABLE source_run (
	id VARCHAR NOT NULL, 
	source_id VARCHAR NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27) NOT NULL, 
	pages INTEGER NOT NULL, 
	videos INTEGER NOT NULL, 
	complete BOOLEAN NOT NULL, 
	errors JSON NOT NULL, unchanged INTEGER DEFAULT '0' NOT NULL, troubles JSON DEFAULT '{}' NOT NULL, due INTEGER, missed JSON DEFAULT '{}' NOT NULL, missing JSON DEFAULT '[]' NOT NULL, listed INTEGER DEFAULT '0' NOT NULL, silent INTEGER DEFAULT '0' NOT NULL, beyond INTEGER DEFAULT '0' NOT NULL, reach JSON, notes JSON DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source_id) REFERENCES source (id)
);

CREATE INDEX ix_source_run_source_id ON source_run (source_id);

CREATE TABLE label (
	id INTEGER NOT NULL, 
	capture_id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	outcome VARCHAR(7) NOT NULL, 
	detail VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(capture_id) REFERENCES capture (id), 
	UNIQUE (capture_id, kind)
);

CREATE INDEX ix_label_capture_id ON label (capture_id);

CREATE TABLE case_file (
	id VARCHAR NOT NULL, 
	video_id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	opened_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id), 
	FOREIGN KEY(video_id) REFERENCES video (id)
);

CREATE INDEX ix_case_file_party_id ON case_file (party_id);

CREATE INDEX ix_case_file_video_id ON case_file (video_id);

CREATE TABLE notice (
	id VARCHAR NOT NULL, 
	case_id VARCHAR NOT NULL, 
	law VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	drafted_at VARCHAR(27) NOT NULL, 
	drafted_by VARCHAR NOT NULL, 
	match_ids JSON NOT NULL, 
	letter JSON NOT NULL, 
	missing JSON NOT NULL, 
	needs_fair_use BOOLEAN NOT NULL, 
	fair_use_by VARCHAR NOT NULL, 
	fair_use_on VARCHAR NOT NULL, 
	fair_use_reason VARCHAR NOT NULL, stated JSON DEFAULT '{}' NOT NULL, licences JSON DEFAULT '[]' NOT NULL, licences_by VARCHAR DEFAULT '' NOT NULL, licences_reason VARCHAR DEFAULT '' NOT NULL, law_confirmed_by VARCHAR DEFAULT '' NOT NULL, approved_by VARCHAR DEFAULT '' NOT NULL, approval JSON DEFAULT '[]' NOT NULL, approved_at VARCHAR(27), pdf_sha256 VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(case_id) REFERENCES case_file (id)
);

CREATE INDEX ix_notice_case_id ON notice (case_id);

CREATE TABLE scan (
	id VARCHAR NOT NULL, 
	capture_id VARCHAR NOT NULL, 
	gallery_digest VARCHAR NOT NULL, 
	packs JSON NOT NULL, 
	encoders JSON NOT NULL, 
	scanned_at VARCHAR(27) NOT NULL, 
	seconds FLOAT NOT NULL, 
	failure VARCHAR, 
	remedy VARCHAR, 
	warnings JSON NOT NULL, 
	appearances INTEGER NOT NULL, 
	frames INTEGER NOT NULL, share FLOAT DEFAULT '1.0' NOT NULL, unseen JSON DEFAULT '[]' NOT NULL, gallery_number INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(capture_id) REFERENCES capture (id), 
	UNIQUE (capture_id, gallery_digest)
);

CREATE INDEX ix_scan_capture_id ON scan (capture_id);

CREATE INDEX ix_scan_gallery_digest ON scan (gallery_digest);

CREATE TABLE case_match (
	case_id VARCHAR NOT NULL, 
	match_id VARCHAR NOT NULL, 
	PRIMARY KEY (case_id, match_id), 
	FOREIGN KEY(case_id) REFERENCES case_file (id), 
	FOREIGN KEY(match_id) REFERENCES "match" (id)
);

CREATE TABLE audit_entry (
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	who VARCHAR NOT NULL, 
	party_id VARCHAR, 
	why VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	table_name VARCHAR NOT NULL, 
	row_ids JSON NOT NULL, 
	detail JSON NOT NULL, 
	previous VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, concerns VARCHAR, salt VARCHAR, 
	PRIMARY KEY (seq)
);

CREATE INDEX ix_audit_entry_party_id ON audit_entry (party_id);

CREATE INDEX ix_audit_entry_table_name ON audit_entry (table_name);

CREATE TABLE document (
	id VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	sent_at VARCHAR(27), digest VARCHAR, making VARCHAR, 
	PRIMARY KEY (id), 
	UNIQUE (subject_id, path)
);

CREATE INDEX ix_document_path ON document (path);

CREATE INDEX ix_document_subject_id ON document (subject_id);

CREATE TABLE member (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	subject_id VARCHAR, 
	name_key VARCHAR NOT NULL, 
	row_sha VARCHAR NOT NULL, 
	erased_at VARCHAR(27), 
	imported_at VARCHAR(27) NOT NULL, number VARCHAR DEFAULT '' NOT NULL, loose_id VARCHAR DEFAULT '' NOT NULL, lapsed BOOLEAN DEFAULT 0 NOT NULL, keyed VARCHAR(7) DEFAULT 'NOT_YET' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id)
);

CREATE INDEX ix_member_name ON member (party_id, name_key);

CREATE INDEX ix_member_party_id ON member (party_id);

CREATE INDEX ix_member_subject_id ON member (subject_id);

CREATE TABLE "mandate" (
	id VARCHAR NOT NULL, 
	subject_id VARCHAR, 
	document_sha256 VARCHAR NOT NULL, 
	verified_by VARCHAR NOT NULL, 
	starts_at VARCHAR(27) NOT NULL, 
	ends_at VARCHAR(27), 
	revoked_at VARCHAR(27), 
	created_at VARCHAR(27) NOT NULL, 
	party_id VARCHAR DEFAULT '' NOT NULL, 
	basis VARCHAR(9) DEFAULT 'AUTHORITY' NOT NULL, 
	scope JSON DEFAULT '[]' NOT NULL, 
	territory JSON DEFAULT '[]' NOT NULL, 
	compensation VARCHAR DEFAULT '' NOT NULL, 
	how VARCHAR DEFAULT 'read the document' NOT NULL, guardian VARCHAR DEFAULT '' NOT NULL, release_version VARCHAR, release_shown_at VARCHAR(27), 
	PRIMARY KEY (id), 
	CONSTRAINT fk_mandate_party FOREIGN KEY(party_id) REFERENCES party (id), 
	FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_mandate_subject_id ON mandate (subject_id);

CREATE INDEX ix_mandate_party_id ON mandate (party_id);

CREATE TABLE subject_group (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, name_key VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (party_id, name), 
	FOREIGN KEY(party_id) REFERENCES party (id)
);

CREATE INDEX ix_subject_group_party_id ON subject_group (party_id);

CREATE TABLE subject_group_member (
	group_id VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	PRIMARY KEY (group_id, subject_id), 
	FOREIGN KEY(group_id) REFERENCES subject_group (id), 
	FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_subject_group_member_subject_id ON subject_group_member (subject_id);

CREATE TABLE portrayal (
	id VARCHAR NOT NULL, 
	character_id VARCHAR NOT NULL, 
	person_id VARCHAR NOT NULL, 
	reference_id VARCHAR, 
	PRIMARY KEY (id), 
	UNIQUE (character_id, person_id, reference_id), 
	FOREIGN KEY(character_id) REFERENCES subject (id), 
	FOREIGN KEY(person_id) REFERENCES subject (id)
);

CREATE INDEX ix_portrayal_character_id ON portrayal (character_id);

CREATE INDEX ix_portrayal_person_id ON portrayal (person_id);

CREATE TABLE "licence" (
	id VARCHAR NOT NULL, 
	subject_id VARCHAR, 
	licensee VARCHAR NOT NULL, 
	modality VARCHAR(7), 
	host VARCHAR, 
	uploader VARCHAR, 
	starts_at VARCHAR(27) NOT NULL, 
	ends_at VARCHAR(27), 
	revoked_at VARCHAR(27), 
	created_at VARCHAR(27) NOT NULL, 
	group_id VARCHAR, 
	generator VARCHAR, 
	territory JSON DEFAULT '[]' NOT NULL, 
	project VARCHAR, 
	PRIMARY KEY (id), 
	CONSTRAINT fk_licence_group FOREIGN KEY(group_id) REFERENCES subject_group (id), 
	CONSTRAINT licence_of_subject_or_group CHECK ((subject_id IS NULL) <> (group_id IS NULL)), 
	FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_licence_subject_id ON licence (subject_id);

CREATE INDEX ix_licence_group_id ON licence (group_id);

CREATE TABLE account (
	id VARCHAR NOT NULL, 
	party_id VARCHAR, 
	name VARCHAR NOT NULL, 
	role VARCHAR(9) NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	disabled_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id), 
	UNIQUE (name)
);

CREATE INDEX ix_account_party_id ON account (party_id);

CREATE TABLE api_token (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	label VARCHAR NOT NULL, 
	secret_hash VARCHAR NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	ends_at VARCHAR(27), 
	revoked_at VARCHAR(27), last_used_at VARCHAR(27), scopes JSON DEFAULT '["read", "decide", "registry", "commands"]' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id), 
	UNIQUE (secret_hash)
);

CREATE INDEX ix_api_token_account_id ON api_token (account_id);

CREATE TABLE "sighting" (
	id INTEGER NOT NULL, 
	video_id VARCHAR NOT NULL, 
	source_id VARCHAR NOT NULL, 
	page_url VARCHAR NOT NULL, 
	first_seen_at VARCHAR(27) NOT NULL, 
	last_seen_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source_id) REFERENCES source (id), 
	FOREIGN KEY(video_id) REFERENCES video (id), 
	UNIQUE (video_id, source_id, page_url)
);

CREATE INDEX ix_sighting_source_id ON sighting (source_id);

CREATE INDEX ix_sighting_video_id ON sighting (video_id);

CREATE TABLE statement (
	id VARCHAR NOT NULL, 
	video_id VARCHAR NOT NULL, 
	page_url VARCHAR NOT NULL, 
	said_by VARCHAR(8) NOT NULL, 
	own BOOLEAN NOT NULL, 
	title VARCHAR NOT NULL, 
	description VARCHAR NOT NULL, 
	uploader VARCHAR NOT NULL, 
	published_at VARCHAR(27), 
	platform_label VARCHAR, 
	date_note VARCHAR NOT NULL, 
	first_seen_at VARCHAR(27) NOT NULL, 
	last_seen_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(video_id) REFERENCES video (id)
);

CREATE INDEX ix_statement_page_url ON statement (page_url);

CREATE INDEX ix_statement_video_id ON statement (video_id);

CREATE TABLE look (
	id INTEGER NOT NULL, 
	video_id VARCHAR NOT NULL, 
	address VARCHAR(5) NOT NULL, 
	url VARCHAR NOT NULL, 
	outcome VARCHAR(11) NOT NULL, 
	why VARCHAR NOT NULL, 
	media_sha256 VARCHAR, 
	first_at VARCHAR(27) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	looks INTEGER NOT NULL, 
	etag VARCHAR NOT NULL, 
	last_modified VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(video_id) REFERENCES video (id)
);

CREATE INDEX ix_look_at ON look (at);

CREATE INDEX ix_look_video_id ON look (video_id);

CREATE TABLE allowance (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	subject_id VARCHAR, 
	uploader VARCHAR, 
	host VARCHAR, 
	address VARCHAR, 
	allowed_by VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	starts_at VARCHAR(27) NOT NULL, 
	ends_at VARCHAR(27), 
	revoked_at VARCHAR(27), 
	created_at VARCHAR(27) NOT NULL, modalities JSON DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id), 
	FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_allowance_party_id ON allowance (party_id);

CREATE INDEX ix_allowance_subject_id ON allowance (subject_id);

CREATE INDEX ix_document_digest ON document (digest);

CREATE INDEX ix_document_making ON document (making);

CREATE TABLE "review" (
	id INTEGER NOT NULL, 
	match_id VARCHAR NOT NULL, 
	decision VARCHAR(7) NOT NULL, 
	reviewer VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	follows INTEGER, 
	joined_at VARCHAR(27), drawn BOOLEAN DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT fk_review_follows FOREIGN KEY(follows) REFERENCES review (id), 
	FOREIGN KEY(match_id) REFERENCES "match" (id)
);

CREATE INDEX ix_review_match_id ON review (match_id);

CREATE INDEX ix_party_name_key ON party (name_key);

CREATE INDEX ix_subject_name_key ON subject (name_key);

CREATE INDEX ix_subject_group_name_key ON subject_group (name_key);

CREATE TABLE shared_identity (
	id VARCHAR NOT NULL, 
	one_id VARCHAR NOT NULL, 
	other_id VARCHAR NOT NULL, 
	one_reference VARCHAR NOT NULL, 
	other_reference VARCHAR NOT NULL, 
	encoder VARCHAR NOT NULL, 
	likeness FLOAT NOT NULL, 
	found_at VARCHAR(27) NOT NULL, 
	standing_from VARCHAR(27) NOT NULL, 
	closed_at VARCHAR(27), 
	PRIMARY KEY (id), 
	UNIQUE (one_id, other_id), 
	FOREIGN KEY(one_id) REFERENCES subject (id), 
	FOREIGN KEY(other_id) REFERENCES subject (id)
);

CREATE INDEX ix_shared_identity_one_id ON shared_identity (one_id);

CREATE INDEX ix_shared_identity_other_id ON shared_identity (other_id);

CREATE TABLE identity_decision (
	id VARCHAR NOT NULL, 
	identity_id VARCHAR NOT NULL, 
	decision VARCHAR(9) NOT NULL, 
	decided_by VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(identity_id) REFERENCES shared_identity (id)
);

CREATE INDEX ix_identity_decision_identity_id ON identity_decision (identity_id);

CREATE TABLE compared_subject (
	subject_id VARCHAR NOT NULL, 
	templates VARCHAR NOT NULL, 
	PRIMARY KEY (subject_id), 
	FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_member_loose_id ON member (loose_id);

CREATE TABLE numbering (
	party_id VARCHAR NOT NULL, 
	numbers VARCHAR(7) NOT NULL, 
	decided_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (party_id), 
	FOREIGN KEY(party_id) REFERENCES party (id)
);

CREATE TABLE refused_photo (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	photo VARCHAR NOT NULL, 
	for_whom VARCHAR NOT NULL, 
	shows VARCHAR NOT NULL, 
	likeness FLOAT NOT NULL, 
	number VARCHAR NOT NULL, 
	file_name VARCHAR NOT NULL, 
	refused_at VARCHAR(27) NOT NULL, 
	ground VARCHAR(11), 
	allowed_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id)
);

CREATE INDEX ix_refused_photo_party_id ON refused_photo (party_id);

CREATE INDEX ix_refused_photo_photo ON refused_photo (photo);

CREATE INDEX ix_refused_photo_for_whom ON refused_photo (for_whom);

CREATE INDEX ix_refused_photo_shows ON refused_photo (shows);

CREATE TABLE blinding_secret (
	id INTEGER NOT NULL, 
	sealed BLOB NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE legal_basis (
	id VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	ground VARCHAR(19) NOT NULL, 
	special VARCHAR NOT NULL, 
	evidence VARCHAR NOT NULL, 
	noted_by VARCHAR NOT NULL, 
	starts_at VARCHAR(27) NOT NULL, 
	ends_at VARCHAR(27), 
	revoked_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_legal_basis_subject_id ON legal_basis (subject_id);

CREATE TABLE release (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id, party_id), 
	FOREIGN KEY(party_id) REFERENCES party (id)
);

CREATE INDEX ix_release_party_id ON release (party_id);

CREATE TABLE listing (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id), 
	UNIQUE (party_id, path)
);

CREATE INDEX ix_listing_party_id ON listing (party_id);

CREATE INDEX ix_party_folder ON party (folder);

CREATE INDEX ix_audit_entry_concerns ON audit_entry (concerns);

CREATE TABLE sign_in (
	id VARCHAR NOT NULL, 
	account_id VARCHAR, 
	failures INTEGER NOT NULL, 
	last_at VARCHAR(27) NOT NULL, 
	until VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_sign_in_account_id ON sign_in (account_id);

CREATE TABLE looked_for (
	id VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	since INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id)
);

CREATE INDEX ix_looked_for_subject_id ON looked_for (subject_id);

CREATE INDEX ix_looked_for_since ON looked_for (since);

CREATE INDEX ix_subject_name_id ON subject (name, id);

CREATE INDEX ix_reference_created_at_id ON reference (created_at, id);

CREATE INDEX ix_mandate_created_at_id ON mandate (created_at, id);

CREATE INDEX ix_case_file_opened_at_id ON case_file (opened_at, id);

CREATE INDEX ix_case_match_match_id ON case_match (match_id);

CREATE INDEX ix_scan_capture_gallery ON scan (capture_id, gallery_number);

CREATE TABLE intake (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	taken_back_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id)
);

CREATE INDEX ix_intake_party_id ON intake (party_id);

CREATE TABLE intake_row (
	id VARCHAR NOT NULL, 
	intake_id VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	member_id VARCHAR NOT NULL, 
	new_subject BOOLEAN NOT NULL, 
	new_member BOOLEAN NOT NULL, 
	photos JSON NOT NULL, 
	called_before VARCHAR NOT NULL, 
	known_before VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(intake_id) REFERENCES intake (id), 
	FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_intake_row_intake_id ON intake_row (intake_id);

CREATE INDEX ix_intake_row_subject_id ON intake_row (subject_id);

CREATE TABLE timestamp (
	id VARCHAR NOT NULL, 
	capture_id VARCHAR NOT NULL, 
	authority VARCHAR NOT NULL, 
	asked_at VARCHAR(27) NOT NULL, 
	problem VARCHAR, 
	stated_at VARCHAR(27), 
	signer VARCHAR NOT NULL, 
	serial VARCHAR NOT NULL, 
	policy VARCHAR NOT NULL, 
	reply_sha256 VARCHAR, 
	roots_sha256 VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(capture_id) REFERENCES capture (id)
);

CREATE INDEX ix_timestamp_capture_id ON timestamp (capture_id);

CREATE TABLE notice_event (
	id INTEGER NOT NULL, 
	notice_id VARCHAR NOT NULL, 
	event VARCHAR(15) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	whole_day BOOLEAN NOT NULL, 
	recorded_at VARCHAR(27) NOT NULL, 
	"by" VARCHAR NOT NULL, 
	how VARCHAR NOT NULL, 
	reference VARCHAR NOT NULL, 
	message_id VARCHAR NOT NULL, 
	detail JSON NOT NULL, 
	proof_sha256 VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(notice_id) REFERENCES notice (id)
);

CREATE INDEX ix_notice_event_notice_id ON notice_event (notice_id);

CREATE TABLE absence_stamp (
	id VARCHAR NOT NULL, 
	event_id INTEGER NOT NULL, 
	authority VARCHAR NOT NULL, 
	asked_at VARCHAR(27) NOT NULL, 
	problem VARCHAR, 
	stated_at VARCHAR(27), 
	signer VARCHAR NOT NULL, 
	serial VARCHAR NOT NULL, 
	policy VARCHAR NOT NULL, 
	reply_sha256 VARCHAR, 
	roots_sha256 VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(event_id) REFERENCES notice_event (id)
);

CREATE INDEX ix_absence_stamp_event_id ON absence_stamp (event_id);

CREATE INDEX ix_notice_state ON notice (state);

CREATE TABLE seal_timestamp (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	authority VARCHAR NOT NULL, 
	shown_sha256 VARCHAR NOT NULL, 
	asked_at VARCHAR(27) NOT NULL, 
	stated_at VARCHAR(27) NOT NULL, 
	reply_sha256 VARCHAR NOT NULL, 
	roots_sha256 VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id)
);

CREATE INDEX ix_seal_timestamp_party_id ON seal_timestamp (party_id);

CREATE TABLE licences_applied (
	id INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, latest VARCHAR(27), 
	PRIMARY KEY (id)
);

CREATE INDEX ix_statement_last_seen_at ON statement (last_seen_at);

CREATE TABLE report_posting (
	id INTEGER NOT NULL, 
	report VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	party_id VARCHAR, 
	step VARCHAR(11) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	"by" VARCHAR NOT NULL, 
	recipients JSON NOT NULL, 
	how VARCHAR NOT NULL, 
	message_id VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	pdf_sha256 VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id)
);

CREATE INDEX ix_report_posting_report ON report_posting (report);

CREATE TABLE stored_answer (
	id VARCHAR NOT NULL, 
	asked VARCHAR NOT NULL, 
	status INTEGER NOT NULL, 
	headers JSON NOT NULL, 
	body BLOB, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id)
);

CREATE INDEX ix_stored_answer_at ON stored_answer (at);

CREATE TABLE webhook_endpoint (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	added_at VARCHAR(27) NOT NULL, 
	failing_since VARCHAR(27), 
	disabled_at VARCHAR(27), 
	disabled_why VARCHAR NOT NULL, secret_number INTEGER DEFAULT '0' NOT NULL, rotated_at VARCHAR(27), taken_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id)
);

CREATE INDEX ix_webhook_endpoint_party_id ON webhook_endpoint (party_id);

CREATE TABLE check_contract (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	reference VARCHAR NOT NULL, 
	licensee VARCHAR NOT NULL, 
	daily INTEGER NOT NULL, 
	starts_at VARCHAR(27) NOT NULL, 
	ends_at VARCHAR(27), 
	revoked_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_check_contract_account_id ON check_contract (account_id);

CREATE TABLE check_use (
	account_id VARCHAR NOT NULL, 
	day VARCHAR NOT NULL, 
	asked INTEGER NOT NULL, 
	in_a_row INTEGER NOT NULL, 
	alerted_at VARCHAR(27), 
	PRIMARY KEY (account_id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE webhook_message (
	id VARCHAR NOT NULL, 
	endpoint_id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	body VARCHAR NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at VARCHAR(27) NOT NULL, 
	last_error VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(endpoint_id) REFERENCES webhook_endpoint (id)
);

CREATE INDEX ix_webhook_message_due_at_id ON webhook_message (due_at, id);

CREATE INDEX ix_webhook_message_endpoint_id ON webhook_message (endpoint_id);

CREATE TABLE signed_in (
	id VARCHAR NOT NULL, 
	account_id VARCHAR, 
	secret_hash VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	agent VARCHAR NOT NULL, 
	began_at VARCHAR(27) NOT NULL, 
	seen_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27), address VARCHAR DEFAULT '' NOT NULL, way VARCHAR DEFAULT '' NOT NULL, proved_at VARCHAR(27), must_enrol BOOLEAN DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id), 
	UNIQUE (secret_hash)
);

CREATE INDEX ix_signed_in_account_id ON signed_in (account_id);

CREATE TABLE lease (
	match_id VARCHAR NOT NULL, 
	fence INTEGER NOT NULL, 
	holder VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	until VARCHAR(27) NOT NULL, 
	PRIMARY KEY (match_id), 
	FOREIGN KEY(match_id) REFERENCES "match" (id)
);

CREATE INDEX ix_lease_holder ON lease (holder);

CREATE TABLE "match" (
	id VARCHAR NOT NULL, 
	capture_id VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	reference_id VARCHAR NOT NULL, 
	modality VARCHAR(7) NOT NULL, 
	t_start FLOAT NOT NULL, 
	t_end FLOAT NOT NULL, 
	best_t FLOAT NOT NULL, 
	best_x1 FLOAT, 
	best_y1 FLOAT, 
	best_x2 FLOAT, 
	best_y2 FLOAT, 
	boxes JSON NOT NULL, 
	score FLOAT NOT NULL, 
	threshold FLOAT NOT NULL, 
	margin FLOAT NOT NULL, 
	expected_false_matches FLOAT NOT NULL, 
	encoder VARCHAR NOT NULL, 
	pack VARCHAR NOT NULL, 
	reasons JSON NOT NULL, 
	status VARCHAR(9) NOT NULL, 
	licence_id VARCHAR, 
	permission_reason VARCHAR NOT NULL, 
	found_at VARCHAR(27) NOT NULL, 
	allowance_id VARCHAR, 
	track INTEGER DEFAULT '0' NOT NULL, 
	counted BOOLEAN DEFAULT 0 NOT NULL, 
	spans JSON DEFAULT '[]' NOT NULL, 
	reference_start FLOAT, 
	reference_end FLOAT, 
	reference_t FLOAT, reference_parts JSON DEFAULT '[]' NOT NULL, likelihood_ratio FLOAT, ratio_least FLOAT, ratio_most FLOAT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(capture_id) REFERENCES capture (id)
);

CREATE INDEX ix_match_capture_id ON "match" (capture_id);

CREATE INDEX ix_match_found_at ON "match" (found_at);

CREATE INDEX ix_match_queue ON "match" (status, found_at, capture_id, t_start, id);

CREATE INDEX ix_match_status ON "match" (status);

CREATE INDEX ix_match_subject_id ON "match" (subject_id);

CREATE TABLE factor_rule (
	party_id VARCHAR NOT NULL, 
	since VARCHAR(27) NOT NULL, 
	PRIMARY KEY (party_id), 
	FOREIGN KEY(party_id) REFERENCES party (id)
);

CREATE TABLE account_news (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	news VARCHAR(13) NOT NULL, 
	"by" VARCHAR NOT NULL, 
	told_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_account_news_account_id ON account_news (account_id);

CREATE TABLE half_done (
	id VARCHAR NOT NULL, 
	kind VARCHAR(11) NOT NULL, 
	account_id VARCHAR, 
	state JSON NOT NULL, 
	until VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_half_done_account_id ON half_done (account_id);

CREATE TABLE passkey (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	public_key BLOB NOT NULL, 
	counter INTEGER NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	used_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_passkey_account_id ON passkey (account_id);

CREATE TABLE recovery_code (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	used_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_recovery_code_account_id ON recovery_code (account_id);

CREATE TABLE totp (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	sealed BLOB NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	confirmed_at VARCHAR(27), 
	last_step INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_totp_account_id ON totp (account_id);

CREATE TABLE linked_subject (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	issuer VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	linked_by VARCHAR NOT NULL, 
	linked_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id), 
	UNIQUE (issuer, subject)
);

CREATE INDEX ix_linked_subject_account_id ON linked_subject (account_id);

CREATE TABLE compared_footage (
	media_sha256 VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (media_sha256, subject_id)
);

CREATE INDEX ix_compared_footage_subject_id ON compared_footage (subject_id);

CREATE TABLE footage_descriptor (
	media_sha256 VARCHAR NOT NULL, 
	encoder VARCHAR NOT NULL, 
	width FLOAT NOT NULL, 
	height FLOAT NOT NULL, 
	seconds FLOAT NOT NULL, 
	arrays BLOB NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (media_sha256)
);

CREATE TABLE footage_copy (
	id VARCHAR NOT NULL, 
	match_id VARCHAR NOT NULL, 
	of_id VARCHAR NOT NULL, 
	t_start FLOAT NOT NULL, 
	t_end FLOAT NOT NULL, 
	of_start FLOAT NOT NULL, 
	of_end FLOAT NOT NULL, 
	speed FLOAT NOT NULL, 
	mirrored BOOLEAN NOT NULL, 
	score FLOAT NOT NULL, 
	whole BOOLEAN NOT NULL, 
	found_at VARCHAR(27) NOT NULL, 
	parted_by VARCHAR, 
	parted_reason VARCHAR, 
	parted_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(match_id) REFERENCES "match" (id), 
	FOREIGN KEY(of_id) REFERENCES "match" (id)
);

CREATE INDEX ix_footage_copy_match_id ON footage_copy (match_id);

CREATE INDEX ix_footage_copy_of_id ON footage_copy (of_id);

CREATE TABLE invitation (
	id VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	subject_id VARCHAR, 
	name VARCHAR NOT NULL, 
	number VARCHAR NOT NULL, 
	secret VARCHAR NOT NULL, 
	stage VARCHAR(9) NOT NULL, 
	made_by VARCHAR NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	until VARCHAR(27) NOT NULL, 
	looks INTEGER NOT NULL, 
	release_version VARCHAR NOT NULL, 
	consent_sha256 VARCHAR, 
	consented_at VARCHAR(27), 
	signed VARCHAR NOT NULL, 
	guardian VARCHAR NOT NULL, 
	born DATE, 
	sent_at VARCHAR(27), 
	decided_at VARCHAR(27), 
	decided_by VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(party_id) REFERENCES party (id), 
	FOREIGN KEY(subject_id) REFERENCES subject (id), 
	UNIQUE (secret)
);

CREATE INDEX ix_invitation_party_id ON invitation (party_id);

CREATE INDEX ix_invitation_subject_id ON invitation (subject_id);

CREATE TABLE invited_photo (
	id VARCHAR NOT NULL, 
	invitation_id VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	file_name VARCHAR NOT NULL, 
	says JSON NOT NULL, 
	sent_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(invitation_id) REFERENCES invitation (id)
);

CREATE INDEX ix_invited_photo_invitation_id ON invited_photo (invitation_id);

CREATE INDEX ix_invited_photo_sha256 ON invited_photo (sha256);

CREATE TABLE "second_review" (
	id VARCHAR NOT NULL, 
	match_id VARCHAR NOT NULL, 
	review_id INTEGER NOT NULL, 
	decision VARCHAR(7) NOT NULL, 
	reviewer VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	taken_back_at VARCHAR(27), party_id VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(match_id) REFERENCES "match" (id), 
	FOREIGN KEY(review_id) REFERENCES review (id)
);

CREATE UNIQUE INDEX ix_second_review_standing ON second_review (match_id) WHERE taken_back_at IS NULL;

CREATE INDEX ix_video_said ON video (said, id);

CREATE TABLE claim (
	kind VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	holder VARCHAR NOT NULL, 
	fence INTEGER NOT NULL, 
	until VARCHAR(27) NOT NULL, 
	turn INTEGER NOT NULL, 
	endings INTEGER NOT NULL, 
	failures INTEGER NOT NULL, 
	PRIMARY KEY (kind, "key")
);

CREATE INDEX ix_claim_holder ON claim (holder);

CREATE INDEX ix_review_drawn ON review (drawn, id);

INSERT INTO alembic_version VALUES ('0065');
