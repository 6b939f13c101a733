extension CocoFile {
  /// What the file holds.
  struct Document: Decodable {
    let images: [Picture]
    let annotations: [Annotation]?
    let categories: [Category]?
  }

  /// A picture, as it is written.
  struct Picture: Decodable {
    let id: Int
    let path: String
    let width: Int?
    let height: Int?

    enum CodingKeys: String, CodingKey {
      case id, width, height
      case path = "file_name"
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      id = try values.decode(Int.self, forKey: .id)
      path = try values.decode(String.self, forKey: .path)
      // What is no number states no size.
      width = try? values.decodeIfPresent(Int.self, forKey: .width)
      height = try? values.decodeIfPresent(Int.self, forKey: .height)
    }
  }

  /// An object, as it is written.
  struct Annotation: Decodable {
    let image: Int
    let category: Int
    let area: Double?
    let box: StatedBox
    let isCrowd: Bool
    let shape: CocoShape?

    enum CodingKeys: String, CodingKey {
      case image = "image_id"
      case category = "category_id"
      case area
      case box = "bbox"
      case isCrowd = "iscrowd"
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      image = try values.decode(Int.self, forKey: .image)
      category = try values.decode(Int.self, forKey: .category)
      area = try? values.decodeIfPresent(Double.self, forKey: .area)
      // What is no list of numbers is damage of this box, and no reason to read no other.
      do {
        box = StatedBox(try values.decodeIfPresent([Double].self, forKey: .box) ?? [])
      } catch {
        box = .damaged
      }
      // COCO writes 0 and 1, some converters false and true.
      let number = try? values.decodeIfPresent(Int.self, forKey: .isCrowd)
      let flag = try? values.decodeIfPresent(Bool.self, forKey: .isCrowd)
      isCrowd = flag ?? (number ?? 0 != 0)
      let wantsShape = decoder.userInfo[CocoShape.isWanted] as? Bool ?? false
      shape = wantsShape ? CocoShape(decoder, category: category, box: box, isCrowd: isCrowd) : nil
    }
  }

  /// A class, as it is written.
  struct Category: Decodable {
    let id: Int
    let name: String
  }
}
