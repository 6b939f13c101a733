// jpeglib.h wants size_t and FILE to be known.
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"

// The state of one call, reached by pointer only, as in png_codec.c.
typedef struct {
  jmp_buf jump;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  struct jpeg_decompress_struct reader;
  struct jpeg_compress_struct writer;
  uint8_t *row;
  unsigned char *output;
  unsigned long output_count;
  uint32_t scan_count_max;
  int status;
  char *message;
} jpeg_call;

static void fail(jpeg_call *call, int status, const char *text) {
  call->status = status;
  snprintf(call->message, CIMAGE_MESSAGE_SIZE, "%s", text);
  longjmp(call->jump, 1);
}

static int status_of(int code) {
  switch (code) {
    case JERR_OUT_OF_MEMORY: return CIMAGE_NO_MEMORY;
    case JERR_IMAGE_TOO_BIG:
    case JERR_WIDTH_OVERFLOW: return CIMAGE_TOO_LARGE;
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED: return CIMAGE_UNSUPPORTED;
    default: return CIMAGE_DAMAGED;
  }
}

static void on_error(j_common_ptr library) {
  jpeg_call *call = library->client_data;
  char text[JMSG_LENGTH_MAX];
  library->err->format_message(library, text);
  fail(call, status_of(library->err->msg_code), text);
}

// Warnings after which the pixels are still those that the file describes. After every other one
// libjpeg makes pixels up, which is an error here.
static int is_harmless(int code) {
  switch (code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA: return 1;
    default: return 0;
  }
}

static void on_message(j_common_ptr library, int level) {
  if (level >= 0) return;
  jpeg_call *call = library->client_data;
  char text[JMSG_LENGTH_MAX];
  library->err->format_message(library, text);
  if (!is_harmless(library->err->msg_code)) fail(call, CIMAGE_DAMAGED, text);
  if (call->message[0] == 0) snprintf(call->message, CIMAGE_MESSAGE_SIZE, "%s", text);
}

static void on_output(j_common_ptr library) { (void)library; }

static void on_progress(j_common_ptr library) {
  jpeg_call *call = library->client_data;
  if ((uint32_t)call->reader.input_scan_number <= call->scan_count_max) return;
  char text[CIMAGE_MESSAGE_SIZE];
  snprintf(text, sizeof text, "has more than %u scans", call->scan_count_max);
  fail(call, CIMAGE_TOO_LARGE, text);
}

static void set_errors(jpeg_call *call) {
  jpeg_std_error(&call->errors);
  call->errors.error_exit = on_error;
  call->errors.emit_message = on_message;
  call->errors.output_message = on_output;
}

// MARK: The source: all bytes at once, and an error behind them

static void on_start(j_decompress_ptr reader) { (void)reader; }

static boolean on_more(j_decompress_ptr reader) {
  fail(reader->client_data, CIMAGE_DAMAGED, "the file ends too early");
  return FALSE;
}

static void on_skip(j_decompress_ptr reader, long count) {
  if (count <= 0) return;
  if ((size_t)count > reader->src->bytes_in_buffer) on_more(reader);
  reader->src->next_input_byte += count;
  reader->src->bytes_in_buffer -= (size_t)count;
}

static void set_source(jpeg_call *call, const uint8_t *bytes, size_t count) {
  call->source.init_source = on_start;
  call->source.fill_input_buffer = on_more;
  call->source.skip_input_data = on_skip;
  call->source.resync_to_restart = jpeg_resync_to_restart;
  call->source.term_source = on_start;
  call->source.next_input_byte = bytes;
  call->source.bytes_in_buffer = count;
  call->reader.src = &call->source;
  call->progress.progress_monitor = on_progress;
  call->reader.progress = &call->progress;
}

// MARK: Decoding

// a*b/255, rounded, as Pillow computes it.
static unsigned scaled(unsigned a, unsigned b) {
  unsigned product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

// Four channels are taken as Adobe writes them, inverted, marker or not; so does Pillow.
static void rgb_from_inverted_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t width) {
  for (size_t x = 0; x < width; x++) {
    unsigned white = cmyk[4 * x + 3];
    for (size_t c = 0; c < 3; c++)
      rgb[3 * x + c] = (uint8_t)(white - scaled(255 - cmyk[4 * x + c], white));
  }
}

// A scan costs a pass over the picture, however few bytes it has: fifty over 88 million pixels took
// 30 s. Large pictures therefore get fewer of them; encoders write about ten.
static uint32_t affordable_scans(uint64_t pixel_count, uint32_t limit) {
  uint64_t affordable = 2000000000 / pixel_count;
  if (affordable < 20) affordable = 20;
  return affordable < limit ? (uint32_t)affordable : limit;
}

static void read_header(jpeg_call *call, const cimage_limits *limits, cimage_picture *picture) {
  jpeg_read_header(&call->reader, TRUE);
  picture->width = call->reader.image_width;
  picture->height = call->reader.image_height;
  picture->bit_depth = (uint32_t)call->reader.data_precision;
  picture->file_channels = (uint32_t)call->reader.num_components;
  picture->channels = 3;
  int status = cimage_check_size(picture->width, picture->height, limits, call->message);
  if (status != CIMAGE_OK) {
    call->status = status;
    longjmp(call->jump, 1);
  }
  call->scan_count_max =
      affordable_scans((uint64_t)picture->width * picture->height, limits->scan_count_max);
  if (picture->file_channels == 2 || picture->file_channels > 4)
    fail(call, CIMAGE_UNSUPPORTED, "a JPEG file of neither 1, 3 nor 4 channels");
}

static void read_pixels(jpeg_call *call, cimage_picture *picture) {
  struct jpeg_decompress_struct *reader = &call->reader;
  size_t row_size = (size_t)picture->width * 3;
  int is_cmyk = picture->file_channels == 4;
  reader->out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  reader->dct_method = JDCT_ISLOW;
  jpeg_start_decompress(reader);
  picture->pixels = malloc(row_size * picture->height);
  call->row = is_cmyk ? malloc((size_t)picture->width * 4) : NULL;
  if (picture->pixels == NULL || (is_cmyk && call->row == NULL))
    fail(call, CIMAGE_NO_MEMORY, "no memory for the pixels");
  while (reader->output_scanline < reader->output_height) {
    uint8_t *target = picture->pixels + reader->output_scanline * row_size;
    JSAMPROW row = is_cmyk ? call->row : target;
    jpeg_read_scanlines(reader, &row, 1);
    if (is_cmyk) rgb_from_inverted_cmyk(call->row, target, picture->width);
  }
  // Reads up to the end marker; a file without it was cut off.
  jpeg_finish_decompress(reader);
}

int cimage_decode_jpeg(const uint8_t *bytes, size_t count, const cimage_limits *limits,
                       cimage_picture *picture) {
  memset(picture, 0, sizeof *picture);
  jpeg_call *call = calloc(1, sizeof *call);
  if (call == NULL) return CIMAGE_NO_MEMORY;
  call->message = picture->message;
  set_errors(call);
  call->reader.err = &call->errors;
  call->reader.client_data = call;
  if (setjmp(call->jump) == 0) {
    jpeg_create_decompress(&call->reader);
    set_source(call, bytes, count);
    read_header(call, limits, picture);
    read_pixels(call, picture);
  }
  int status = call->status;
  jpeg_destroy_decompress(&call->reader);
  free(call->row);
  free(call);
  if (status != CIMAGE_OK) {
    free(picture->pixels);
    picture->pixels = NULL;
  }
  return status;
}

// MARK: Encoding

int cimage_encode_jpeg(const uint8_t *pixels, uint32_t width, uint32_t height, int quality,
                       cimage_file *file) {
  memset(file, 0, sizeof *file);
  jpeg_call *call = calloc(1, sizeof *call);
  if (call == NULL) return CIMAGE_NO_MEMORY;
  call->message = file->message;
  set_errors(call);
  call->writer.err = &call->errors;
  call->writer.client_data = call;
  if (setjmp(call->jump) == 0) {
    struct jpeg_compress_struct *writer = &call->writer;
    jpeg_create_compress(writer);
    jpeg_mem_dest(writer, &call->output, &call->output_count);
    writer->image_width = width;
    writer->image_height = height;
    writer->input_components = 3;
    writer->in_color_space = JCS_RGB;
    jpeg_set_defaults(writer);
    jpeg_set_quality(writer, quality, TRUE);
    jpeg_start_compress(writer, TRUE);
    while (writer->next_scanline < writer->image_height) {
      JSAMPROW row = (JSAMPROW)pixels + writer->next_scanline * (size_t)width * 3;
      jpeg_write_scanlines(writer, &row, 1);
    }
    jpeg_finish_compress(writer);
  }
  int status = call->status;
  jpeg_destroy_compress(&call->writer);
  if (status == CIMAGE_OK) {
    file->bytes = call->output;
    file->count = call->output_count;
  } else {
    free(call->output);
  }
  free(call);
  return status;
}
