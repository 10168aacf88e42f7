/* Keeps the text for ctd_last_error(). Returns status, a negative errno. */
#pragma once
int reason_text(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
