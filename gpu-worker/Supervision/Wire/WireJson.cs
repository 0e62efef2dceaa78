using System.Text.Json.Serialization;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>
/// The parts of frames that are written once a request or once a process: as JSON, so that a field that is added to a record travels by itself. Made at build time,
/// because a child has no time to lose at its start.
/// </summary>
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(GenerationRequest))]
[JsonSerializable(typeof(ChildModel))]
[JsonSerializable(typeof(LoadedModel))]
[JsonSerializable(typeof(RankModel))]
internal sealed partial class WireJson : JsonSerializerContext;
