#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"

// The state of one call. It is reached by pointer only, so that nothing of it lives in a register
// when setjmp returns for the second time.
typedef struct {
  jmp_buf jump;
  png_structp png;
  png_infop info;
  png_bytep *rows;
  const uint8_t *input;
  size_t left;
  uint8_t *output;
  size_t output_count;
  size_t output_capacity;
  int status;
  char *message;
} png_call;

static void on_error(png_structp png, png_const_charp text) {
  png_call *call = png_get_error_ptr(png);
  if (call->status == CIMAGE_OK) {
    call->status = CIMAGE_DAMAGED;
    snprintf(call->message, CIMAGE_MESSAGE_SIZE, "%s", text);
  }
  longjmp(call->jump, 1);
}

// libpng goes on after these, with the pixels that the file describes.
static void on_warning(png_structp png, png_const_charp text) {
  png_call *call = png_get_error_ptr(png);
  if (call->message[0] == 0) snprintf(call->message, CIMAGE_MESSAGE_SIZE, "%s", text);
}

static void fail(png_call *call, int status, const char *text) {
  call->status = status;
  snprintf(call->message, CIMAGE_MESSAGE_SIZE, "%s", text);
  longjmp(call->jump, 1);
}

static void on_read(png_structp png, png_bytep target, size_t count) {
  png_call *call = png_get_io_ptr(png);
  if (count > call->left) fail(call, CIMAGE_DAMAGED, "the file ends too early");
  memcpy(target, call->input, count);
  call->input += count;
  call->left -= count;
}

static void on_write(png_structp png, png_bytep source, size_t count) {
  png_call *call = png_get_io_ptr(png);
  if (count > call->output_capacity - call->output_count) {
    size_t capacity = (call->output_count + count) * 2;
    uint8_t *grown = realloc(call->output, capacity);
    if (grown == NULL) fail(call, CIMAGE_NO_MEMORY, "no memory for the file");
    call->output = grown;
    call->output_capacity = capacity;
  }
  memcpy(call->output + call->output_count, source, count);
  call->output_count += count;
}

static void on_flush(png_structp png) { (void)png; }

// Only the chunks that decide about pixels are read: gAMA, cHRM, sRGB and iCCP would change them,
// and texts, profiles and palettes for others can expand a thousandfold.
static void pass_over_the_rest(png_structp png) {
  static const png_byte ignored[] =
      "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0"
      "sTER\0tEXt\0tIME\0zTXt";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, ignored, sizeof ignored / 5);
}

static void read_header(png_call *call, const cimage_limits *limits, cimage_picture *picture) {
  png_read_info(call->png, call->info);
  picture->width = png_get_image_width(call->png, call->info);
  picture->height = png_get_image_height(call->png, call->info);
  picture->bit_depth = png_get_bit_depth(call->png, call->info);
  picture->file_channels = png_get_channels(call->png, call->info);
  int status = cimage_check_size(picture->width, picture->height, limits, call->message);
  if (status != CIMAGE_OK) {
    call->status = status;
    longjmp(call->jump, 1);
  }
}

static void read_pixels(png_call *call, int keep_alpha, cimage_picture *picture) {
  png_structp png = call->png;
  png_set_expand(png);
  // The upper byte, as Pillow takes it; png_set_scale_16 would round and differ by one.
  png_set_strip_16(png);
  png_set_gray_to_rgb(png);
  if (!keep_alpha) png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, call->info);

  picture->channels = png_get_channels(png, call->info);
  size_t row_size = (size_t)picture->width * picture->channels;
  if ((picture->channels != 3 && picture->channels != 4) ||
      png_get_rowbytes(png, call->info) != row_size)
    fail(call, CIMAGE_UNSUPPORTED, "an unknown arrangement of pixels");
  picture->pixels = malloc(row_size * picture->height);
  call->rows = malloc(sizeof(png_bytep) * picture->height);
  if (picture->pixels == NULL || call->rows == NULL)
    fail(call, CIMAGE_NO_MEMORY, "no memory for the pixels");
  for (size_t y = 0; y < picture->height; y++) call->rows[y] = picture->pixels + y * row_size;
  png_read_image(png, call->rows);
  // Without the final chunk the file was cut off, even if every pixel is there.
  png_read_end(png, NULL);
}

int cimage_decode_png(const uint8_t *bytes, size_t count, const cimage_limits *limits,
                      cimage_picture *picture) {
  memset(picture, 0, sizeof *picture);
  png_call *call = calloc(1, sizeof *call);
  if (call == NULL) return CIMAGE_NO_MEMORY;
  call->input = bytes;
  call->left = count;
  call->message = picture->message;
  if (setjmp(call->jump) == 0) {
    call->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, call, on_error, on_warning);
    call->info = call->png == NULL ? NULL : png_create_info_struct(call->png);
    if (call->info == NULL) fail(call, CIMAGE_NO_MEMORY, "no memory for the decoder");
    png_set_read_fn(call->png, call, on_read);
    // Sizes are judged by `read_header`, which knows both limits and says which was hit.
    png_set_user_limits(call->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_cache_max(call->png, 128);
    png_set_chunk_malloc_max(call->png, 8 << 20);
    png_set_crc_action(call->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    pass_over_the_rest(call->png);
    read_header(call, limits, picture);
    read_pixels(call, limits->keep_alpha, picture);
  }
  int status = call->status;
  png_destroy_read_struct(&call->png, &call->info, NULL);
  free(call->rows);
  free(call);
  if (status != CIMAGE_OK) {
    free(picture->pixels);
    picture->pixels = NULL;
  }
  return status;
}

int cimage_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels,
                      int compression, cimage_file *file) {
  memset(file, 0, sizeof *file);
  png_call *call = calloc(1, sizeof *call);
  if (call == NULL) return CIMAGE_NO_MEMORY;
  call->message = file->message;
  if (setjmp(call->jump) == 0) {
    call->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, call, on_error, on_warning);
    call->info = call->png == NULL ? NULL : png_create_info_struct(call->png);
    if (call->info == NULL) fail(call, CIMAGE_NO_MEMORY, "no memory for the encoder");
    png_set_write_fn(call->png, call, on_write, on_flush);
    png_set_compression_level(call->png, compression);
    png_set_IHDR(call->png, call->info, width, height, 8,
                 channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(call->png, call->info);
    for (size_t y = 0; y < height; y++)
      png_write_row(call->png, pixels + y * (size_t)width * channels);
    png_write_end(call->png, NULL);
  }
  int status = call->status;
  png_destroy_write_struct(&call->png, &call->info);
  if (status == CIMAGE_OK) {
    file->bytes = call->output;
    file->count = call->output_count;
  } else {
    free(call->output);
  }
  free(call);
  return status;
}
