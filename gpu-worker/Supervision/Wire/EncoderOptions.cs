using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>What an encoder is made of, and what for.</summary>
/// <param name="CheckpointPath">The checkpoint folder, or of a BERT encoder the package's short name.</param>
/// <param name="Threads">Of one operator; 0 means the machine's cores, at most 4.</param>
/// <param name="Tasks">At least one: a T5's is <see cref="EncoderTask.Embedding"/>, a cross-encoder's <see cref="EncoderTask.CrossEncoding"/>, the others share a BERT that embeds.</param>
/// <param name="IsBert">A BERT encoder's ONNX model; otherwise a T5 checkpoint.</param>
/// <param name="Device">Of a BERT encoder; a T5 runs on the CPU.</param>
/// <param name="Format">Float32 or int8; null for float32, or for what a converted folder has.</param>
internal sealed record EncoderOptions(
    string CheckpointPath, int Threads, IReadOnlyList<EncoderTask> Tasks, bool IsBert = false, EngineDevice Device = EngineDevice.Cpu, WeightFormat? Format = null);
