using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>A property that an object's schema names.</summary>
internal sealed record ObjectProperty(string Name, SchemaNode Value, bool IsRequired);
