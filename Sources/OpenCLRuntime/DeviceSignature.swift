import KernelLibrary

/// A device and its driver as a text that survives the process: what measurements and compiled
/// programs are true of.
package struct DeviceSignature: Sendable, Hashable, Codable {
  /// The name of the device.
  package var name: String
  /// The maker of the device.
  package var vendor: String
  /// The version of the driver.
  package var driver: String
  /// The version of the platform.
  package var platform: String
  /// NVIDIA's compute capability; nil on other devices.
  package var capability: String?

  package init(
    name: String, vendor: String, driver: String, platform: String, capability: String? = nil
  ) {
    self.name = name
    self.vendor = vendor
    self.driver = driver
    self.platform = platform
    self.capability = capability
  }

  /// The signature of a device of this process.
  package init(_ device: Device) {
    self.init(
      name: device.name, vendor: device.vendor, driver: device.driverVersion,
      platform: device.platformVersion, capability: device.computeCapability)
  }

  /// Whether both are the same device, whatever their drivers.
  package func isSameDevice(as other: DeviceSignature) -> Bool {
    name == other.name && vendor == other.vendor && capability == other.capability
  }

  /// The texts, in a fixed order.
  package var texts: [String] { [name, vendor, driver, platform, capability ?? ""] }

  /// A name for files of this device and driver: readable, and unlike that of any other.
  package var fileStem: String { "\(deviceStem)-\(Fingerprint(texts).digits)" }

  /// What the names of files of this device begin with, whatever its driver.
  package var deviceStem: String {
    let letters = name.lowercased().utf8.map { byte -> Character in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        Character(Unicode.Scalar(byte))
      default: "-"
      }
    }
    return String(String(letters).split(separator: "-").joined(separator: "-").prefix(60))
  }
}
