namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>A place in a file beside an ONNX model.</summary>
/// <param name="Offset">Bytes from the file's start.</param>
internal sealed record ExternalData(string File, long Offset);
