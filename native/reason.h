/* How the files of this library tell why a call failed. */
#pragma once

/* Keeps the text for ctd_last_error(). Returns status, a negative errno. */
int reason_text(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
