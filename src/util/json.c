/* SPDX-License-Identifier: MIT */
#include "util/json.h"

#include <string.h>

#include "util/bytes.h"
#include "util/error.h"

#define REPLACEMENT 0xfffd

struct checker {
	const uint8_t *at;
	const uint8_t *end;
	unsigned depth;
	uint8_t is_object[(JSON_DEPTH_MAX + 7) / 8]; /* one bit per open bracket */
};

static const uint8_t *skip_space(const uint8_t *at, const uint8_t *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
		at++;
	return at;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* The byte to read next, -1 at the end. */
static int peek(const struct checker *c)
{
	return c->at < c->end ? *c->at : -1;
}

static int peek_behind_space(struct checker *c)
{
	c->at = skip_space(c->at, c->end);
	return peek(c);
}

static bool take(struct checker *c, int byte)
{
	if (peek(c) != byte)
		return false;
	c->at++;
	return true;
}

static bool check_digits(struct checker *c)
{
	if (!is_digit(peek(c)))
		return false;
	while (is_digit(peek(c)))
		c->at++;
	return true;
}

static bool check_number(struct checker *c)
{
	take(c, '-');
	if (!take(c, '0') && !check_digits(c))
		return false;
	if (take(c, '.') && !check_digits(c))
		return false;
	if (take(c, 'e') || take(c, 'E')) {
		if (!take(c, '+'))
			take(c, '-');
		return check_digits(c);
	}
	return true;
}

static bool check_word(struct checker *c, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, word, len) != 0)
		return false;
	c->at += len;
	return true;
}

static bool check_escape(struct checker *c)
{
	int what = peek(c);

	if (what <= 0 || !strchr("\"\\/bfnrtu", what))
		return false;
	c->at++;
	for (int i = 0; what == 'u' && i < 4; i++) {
		if (bytes_hex_value(peek(c)) < 0)
			return false;
		c->at++;
	}
	return true;
}

static bool check_string(struct checker *c)
{
	if (!take(c, '"'))
		return false;
	while (peek(c) >= 0x20) {
		if (take(c, '"'))
			return true;
		if (take(c, '\\')) {
			if (!check_escape(c))
				return false;
		} else {
			c->at++;
		}
	}
	return false;
}

static bool push(struct checker *c, bool object)
{
	unsigned bit = 1u << c->depth % 8;
	uint8_t *byte = &c->is_object[c->depth / 8];

	if (c->depth == JSON_DEPTH_MAX)
		return false;
	*byte = (uint8_t)(object ? *byte | bit : *byte & ~bit);
	c->depth++;
	c->at++;
	return true;
}

static bool in_object(const struct checker *c)
{
	unsigned top = c->depth - 1;

	return c->is_object[top / 8] >> top % 8 & 1;
}

enum step { STEP_BAD, STEP_VALUE, STEP_BEHIND, STEP_DONE };

/* A member's name and its colon: a value follows. */
static enum step step_name(struct checker *c)
{
	peek_behind_space(c);
	if (!check_string(c))
		return STEP_BAD;
	peek_behind_space(c);
	return take(c, ':') ? STEP_VALUE : STEP_BAD;
}

/* A value is to begin here. An object or array is only opened; if it is closed
 * at once, that is for step_behind. */
static enum step step_value(struct checker *c)
{
	switch (peek_behind_space(c)) {
	case '{':
		if (!push(c, true))
			return STEP_BAD;
		return peek_behind_space(c) == '}' ? STEP_BEHIND : step_name(c);
	case '[':
		if (!push(c, false))
			return STEP_BAD;
		return peek_behind_space(c) == ']' ? STEP_BEHIND : STEP_VALUE;
	case '"':
		return check_string(c) ? STEP_BEHIND : STEP_BAD;
	case 't':
		return check_word(c, "true") ? STEP_BEHIND : STEP_BAD;
	case 'f':
		return check_word(c, "false") ? STEP_BEHIND : STEP_BAD;
	case 'n':
		return check_word(c, "null") ? STEP_BEHIND : STEP_BAD;
	default:
		return check_number(c) ? STEP_BEHIND : STEP_BAD;
	}
}

/* A value has ended here: another one, or the end of what holds it. */
static enum step step_behind(struct checker *c)
{
	int next = peek_behind_space(c);
	bool object;

	if (c->depth == 0)
		return next < 0 ? STEP_DONE : STEP_BAD;
	object = in_object(c);
	if (take(c, ','))
		return object ? step_name(c) : STEP_VALUE;
	if (!take(c, object ? '}' : ']'))
		return STEP_BAD;
	c->depth--;
	return STEP_BEHIND;
}

bool json_valid(const void *text, size_t len)
{
	struct checker c;
	enum step step = STEP_VALUE;

	if (len == 0)
		return false;
	c.at = text;
	c.end = c.at + len;
	c.depth = 0;
	while (step == STEP_VALUE || step == STEP_BEHIND)
		step = step == STEP_VALUE ? step_value(&c) : step_behind(&c);
	return step == STEP_DONE;
}

/* From here on the text is known to be valid. */

static const uint8_t *string_end(const uint8_t *at)
{
	for (at++; *at != '"'; at++) {
		if (*at == '\\')
			at++;
	}
	return at + 1;
}

static const uint8_t *nested_end(const uint8_t *at)
{
	size_t depth = 0;

	do {
		if (*at == '"') {
			at = string_end(at);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if (*at == '}' || *at == ']')
			depth--;
		at++;
	} while (depth > 0);
	return at;
}

static const uint8_t *word_end(const uint8_t *at, const uint8_t *end)
{
	while (at < end && *at > ' ' && *at != ',' && *at != '}' && *at != ']')
		at++;
	return at;
}

static struct json_value value_at(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *behind;

	hd_assert(at < end);
	if (*at == '{' || *at == '[')
		behind = nested_end(at);
	else
		behind = *at == '"' ? string_end(at) : word_end(at, end);
	return (struct json_value){ at, (size_t)(behind - at) };
}

struct json_value json_root(const void *text, size_t len)
{
	const uint8_t *at = text, *end = at + len;

	return value_at(skip_space(at, end), end);
}

enum json_kind json_kind_of(struct json_value v)
{
	switch (v.at[0]) {
	case 'n':
		return JSON_NULL;
	case 't':
	case 'f':
		return JSON_BOOL;
	case '"':
		return JSON_STRING;
	case '[':
		return JSON_ARRAY;
	case '{':
		return JSON_OBJECT;
	default:
		return JSON_NUMBER;
	}
}

struct json_members json_members_of(struct json_value object)
{
	hd_assert(json_kind_of(object) == JSON_OBJECT);
	return (struct json_members){ object.at + 1, object.at + object.len - 1 };
}

bool json_members_next(struct json_members *m, struct json_value *name, struct json_value *value)
{
	const uint8_t *at = skip_space(m->at, m->end);

	if (at < m->end && *at == ',')
		at = skip_space(at + 1, m->end);
	if (at == m->end)
		return false;
	*name = value_at(at, m->end);
	at = skip_space(name->at + name->len, m->end);
	hd_assert(*at == ':');
	*value = value_at(skip_space(at + 1, m->end), m->end);
	m->at = value->at + value->len;
	return true;
}

static uint32_t folded(uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	if (c == 0x17f)
		return 's';
	return c == 0x212a ? 'k' : c;
}

bool json_name_is(struct json_value member_name, const char *name)
{
	struct json_chars chars = json_chars_of(member_name);
	uint32_t c;

	while (json_chars_next(&chars, &c)) {
		if (*name == '\0' || folded(c) != folded((unsigned char)*name))
			return false;
		name++;
	}
	return *name == '\0';
}

bool json_is_true(struct json_value v)
{
	hd_assert(json_kind_of(v) == JSON_BOOL);
	return v.at[0] == 't';
}

int json_int64(int64_t *out, struct json_value v)
{
	bool negative = v.at[0] == '-';
	int64_t sum = 0;

	hd_assert(json_kind_of(v) == JSON_NUMBER);
	for (size_t i = negative; i < v.len; i++) {
		int digit = v.at[i] - '0';

		if (!is_digit(v.at[i]))
			return ERROR_MALFORMED;
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, negative ? -digit : digit, &sum))
			return ERROR_RANGE;
	}
	*out = sum;
	return 0;
}

struct json_chars json_chars_of(struct json_value string)
{
	hd_assert(json_kind_of(string) == JSON_STRING);
	return (struct json_chars){ string.at + 1, string.at + string.len - 1 };
}

/* Decodes one UTF-8 sequence; one byte of U+FFFD if there is none. */
static uint32_t utf8_next(const uint8_t **at, const uint8_t *end)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = *at;
	unsigned more = p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
	uint32_t c = more == 0 ? p[0] : p[0] & (0x3fu >> more);

	*at = p + 1;
	if (p[0] < 0x80)
		return p[0];
	if (more == 0 || p[0] > 0xf4 || (size_t)(end - p) <= more)
		return REPLACEMENT;
	for (unsigned i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return REPLACEMENT;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return REPLACEMENT;
	*at = p + 1 + more;
	return c;
}

static uint32_t hex4(const uint8_t *at)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++)
		v = v << 4 | (uint32_t)bytes_hex_value(at[i]);
	return v;
}

/* Behind "\u". A high surrogate takes the low one that follows; else it is lost. */
static uint32_t unicode_escape(struct json_chars *c)
{
	uint32_t unit = hex4(c->at), low;

	c->at += 4;
	if (unit < 0xd800 || unit >= 0xe000)
		return unit;
	if (unit >= 0xdc00 || c->end - c->at < 6 || c->at[0] != '\\' || c->at[1] != 'u')
		return REPLACEMENT;
	low = hex4(c->at + 2);
	if (low < 0xdc00 || low >= 0xe000)
		return REPLACEMENT;
	c->at += 6;
	return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

bool json_chars_next(struct json_chars *c, uint32_t *code_point)
{
	if (c->at == c->end)
		return false;
	if (*c->at != '\\') {
		*code_point = utf8_next(&c->at, c->end);
		return true;
	}
	c->at += 2;
	switch (c->at[-1]) {
	case 'u':
		*code_point = unicode_escape(c);
		break;
	case 'b':
		*code_point = '\b';
		break;
	case 'f':
		*code_point = '\f';
		break;
	case 'n':
		*code_point = '\n';
		break;
	case 'r':
		*code_point = '\r';
		break;
	case 't':
		*code_point = '\t';
		break;
	default:
		*code_point = c->at[-1];
		break;
	}
	return true;
}

bool json_copy_ascii(char *out, size_t n, struct json_value string)
{
	struct json_chars chars = json_chars_of(string);
	size_t len = 0;
	uint32_t c;

	while (json_chars_next(&chars, &c)) {
		if (len == n || c > 0x7f)
			return false;
		out[len++] = (char)c;
	}
	return len == n;
}
