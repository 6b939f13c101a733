// PNG and JPEG through libpng and libjpeg-turbo: memory in, memory out.
//
// Both libraries report errors by longjmp, which must never cross a Swift frame. Every jump starts
// and ends inside one function of this file's sources; what leaves it is a status and a text.
// No function keeps state, so all of them may be called from any thread at once.
#ifndef CIMAGECODECS_H
#define CIMAGECODECS_H

#include <stddef.h>
#include <stdint.h>

/// How a call ended. Everything but CIMAGE_OK comes with a message and without memory to free.
enum {
  CIMAGE_OK = 0,
  /// The bytes break the rules of the format, or end too early.
  CIMAGE_DAMAGED = 1,
  /// More pixels, a longer side or more scans than the limits allow.
  CIMAGE_TOO_LARGE = 2,
  /// A kind of file that the library does not read.
  CIMAGE_UNSUPPORTED = 3,
  /// The memory for the pixels could not be had.
  CIMAGE_NO_MEMORY = 4,
};

/// The longest message with its final zero, in bytes.
#define CIMAGE_MESSAGE_SIZE 200

/// What a file may ask for. All limits are checked before the pixels are allocated.
typedef struct {
  /// The most pixels.
  uint64_t pixel_count_max;
  /// The most pixels a side.
  uint32_t side_max;
  /// The most scans of a JPEG file; each makes the decoder pass over the whole picture, so that
  /// pictures of more than 4 million pixels get fewer, down to 20.
  uint32_t scan_count_max;
  /// Whether a PNG file with transparency gives four channels; otherwise alpha is dropped.
  int keep_alpha;
} cimage_limits;

/// A decoded picture.
typedef struct {
  /// Interleaved RGB or RGBA, 8 bits, rows from the top; freed with `cimage_free`.
  uint8_t *pixels;
  uint32_t width;
  uint32_t height;
  /// 3 or 4, of `pixels`.
  uint32_t channels;
  /// The bits a channel (or index) takes in the file.
  uint32_t bit_depth;
  /// The channels of the file: 1 grey or palette, 2 grey and alpha, 3 RGB, 4 RGBA or CMYK.
  uint32_t file_channels;
  /// What went wrong, or the first oddity that did not hurt the pixels; empty where nothing.
  char message[CIMAGE_MESSAGE_SIZE];
} cimage_picture;

/// An encoded picture.
typedef struct {
  /// The file; freed with `cimage_free`.
  uint8_t *bytes;
  size_t count;
  char message[CIMAGE_MESSAGE_SIZE];
} cimage_file;

/// Decodes a PNG file as Pillow's convert("RGB") does, but 16-bit grey is value >> 8.
/// gAMA, iCCP and every other chunk that does not hold pixels is passed over.
int cimage_decode_png(const uint8_t *bytes, size_t count, const cimage_limits *limits,
                      cimage_picture *picture);

/// Decodes a JPEG file as Pillow's convert("RGB") does, four channels included.
/// Damaged or missing data is an error; nothing is made up for it.
int cimage_decode_jpeg(const uint8_t *bytes, size_t count, const cimage_limits *limits,
                       cimage_picture *picture);

/// Encodes grey (1 channel) or RGB (3 channels) pixels as PNG. `compression` is zlib's, 0 to 9.
int cimage_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels,
                      int compression, cimage_file *file);

/// Encodes RGB pixels as baseline JPEG with 4:2:0 chroma. `quality` is libjpeg's, 1 to 100.
int cimage_encode_jpeg(const uint8_t *pixels, uint32_t width, uint32_t height, int quality,
                       cimage_file *file);

/// Frees the pixels or bytes of a result.
void cimage_free(void *memory);

#endif
