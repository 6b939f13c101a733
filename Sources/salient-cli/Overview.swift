import Salient

/// What `salient` alone prints, and `salient --version`.
enum Overview {
  static let text = """
    salient \(Salient.version): shows what a convolutional network looks at.

      demo [-o DIR]                    bundled network and pictures -> DIR/report.html, offline
      explain INPUT... --model MODEL   maps, overlays, records and report.html
      evaluate INPUT... --model MODEL  metrics of maps: a table, records and report.html
      train DATA --arch NAME           teach a new network; best.safetensors is a ready --model
      finetune DATA --model FILE       teach a trained one other pictures, Group-CAM in the loop
      layers MODEL                     every tensor that can be tapped
      methods [NAME]                   the methods, or all about one
      devices                          what there is to compute on, and what is wrong with it
      scenes -o DIR --count N          render the synthetic data set with boxes and masks
      verify                           every kernel, or a model's plan, against the reference on this device
      bench MODEL                      the time of a forward pass
      tune [MODEL]                     find and store the fastest kernel sizes on this device

    \(ExitCodes.text)

    To start with:
      salient demo
      salient layers net.onnx
      salient explain cat.jpg --model net.onnx --target top1

    """

  static var version: String {
    let loader = DeviceReport.loaderDescription ?? "not found"
    return "salient \(Salient.version), OpenCL loader: \(loader)\n"
  }
}
