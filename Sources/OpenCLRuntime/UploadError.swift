/// Why an upload ended early: the device's side, or the side that supplies the bytes.
public enum UploadError<Source: Error>: Error {
  /// The device or its driver failed.
  case device(OpenCLError)
  /// The closure that fills the chunks threw.
  case source(Source)
}
