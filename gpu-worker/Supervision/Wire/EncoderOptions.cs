using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Reranking;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>What an encoder is made of.</summary>
/// <param name="CheckpointPath">The checkpoint folder, or of a BERT encoder the package's short name.</param>
/// <param name="Threads">Of one operator; 0 means the machine's cores, at most 4.</param>
/// <param name="IsBert">A BERT encoder's ONNX model; otherwise a T5 checkpoint.</param>
/// <param name="Device">Of a BERT encoder; a T5 runs on the CPU.</param>
/// <param name="Reranker">Of a BERT encoder, how it scores pairs; null where it embeds.</param>
/// <param name="Format">Float32 or int8; null for float32, or for what a converted folder has.</param>
internal sealed record EncoderOptions(string CheckpointPath, int Threads, bool IsBert = false, EngineDevice Device = EngineDevice.Cpu, RerankerKind? Reranker = null, WeightFormat? Format = null);
