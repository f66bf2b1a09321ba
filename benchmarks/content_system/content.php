<?php
// Writes content through WordPress' own functions. Standard input: a JSON list of steps; standard output: what each gave.
// php content.php FOLDER-OF-WORDPRESS ADDRESS-WITH-PORT

$_SERVER['HTTP_HOST'] = $argv[2];
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$steps = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
if ($steps[0]['do'] === 'install') {
    define('WP_INSTALLING', true);
}
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

function failed_if_error($value) {
    if (is_wp_error($value)) {
        throw new RuntimeException($value->get_error_message());
    }
    return $value;
}

function install($step) {
    wp_install('Made by Machines', 'admin', 'admin@example.invalid', true, '', wp_slash('not-a-secret'));
    wp_delete_post(1, true);
    wp_delete_post(2, true);
    wp_delete_post(3, true);
    global $wp_rewrite;
    $wp_rewrite->set_permalink_structure('/%year%/%monthnum%/%postname%/');
    foreach ($step['options'] as $name => $value) {
        update_option($name, $value);
    }
    $wp_rewrite->flush_rules();
    return true;
}

function theme($step) {
    switch_theme($step['name']);
    foreach ($step['mods'] ?? [] as $name => $value) {
        set_theme_mod($name, $value);
    }
    return get_stylesheet();
}

function user($step) {
    $fields = ['user_login' => $step['login'], 'user_pass' => 'not-a-secret', 'display_name' => $step['name'], 'role' => 'author'];
    return failed_if_error(wp_insert_user(wp_slash($fields)));
}

// A file among the uploads of a month, and its attachment, as the editor's upload makes them.
function attachment($step) {
    $kept = wp_upload_bits($step['name'], null, file_get_contents($step['file']), $step['month']);
    if ($kept['error']) {
        throw new RuntimeException($kept['error']);
    }
    $fields = ['post_title' => $step['title'], 'post_mime_type' => $kept['type'], 'post_author' => $step['author'],
               'post_date' => $step['date'], 'post_date_gmt' => $step['date_gmt'], 'guid' => $kept['url'],
               'post_name' => 'file-' . $step['title']];
    $id = failed_if_error(wp_insert_attachment(wp_slash($fields), $kept['file'], 0, true));
    wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $kept['file']));
    return ['id' => $id, 'url' => $kept['url'], 'path' => $kept['file'], 'page' => get_permalink($id)];
}

function post($step) {
    kses_remove_filters();
    $id = failed_if_error(wp_insert_post(wp_slash($step['fields']), true));
    if ($step['category'] ?? null) {
        wp_set_object_terms($id, [failed_if_error(category($step['category']))], 'category');
    }
    wp_set_post_tags($id, $step['tags'] ?? []);
    foreach ($step['comments'] ?? [] as $comment) {
        wp_insert_comment(wp_slash($comment + ['comment_post_ID' => $id, 'comment_approved' => 1]));
    }
    return enclosed($id);
}

function category($name) {
    $known = get_term_by('name', $name, 'category');
    return $known ? $known->term_id : wp_insert_category(['cat_name' => $name], true);
}

function update($step) {
    kses_remove_filters();
    failed_if_error(wp_update_post(wp_slash(['ID' => $step['id']] + $step['fields']), true));
    return enclosed($step['id']);
}

// What a site's scheduled task does after each publication: enclosures of the feed, for the videos that a post links to.
function enclosed($id) {
    if (get_post_status($id) === 'publish') {
        do_enclose(null, $id);
    }
    return ['id' => $id, 'url' => get_permalink($id), 'gmt' => get_post($id)->post_date_gmt];
}

function trash($step) {
    return (bool) wp_trash_post($step['id']);
}

function restore($step) {
    wp_untrash_post($step['id']);
    return update(['id' => $step['id'], 'fields' => ['post_status' => 'publish']]);
}

// Deletes a post or an attachment; an attachment's file goes with it.
function remove($step) {
    return (bool) wp_delete_post($step['id'], true);
}

$given = [];
foreach ($steps as $step) {
    $given[] = $step['do']($step);
}
echo json_encode($given, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
