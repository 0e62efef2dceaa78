namespace Serverless.GpuWorker.Constraints;

/// <summary>A property that an object's schema names.</summary>
internal sealed record ObjectProperty(string Name, SchemaNode Value, bool IsRequired);
