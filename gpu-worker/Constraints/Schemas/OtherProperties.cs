using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>Properties that an object's schema does not name one by one.</summary>
/// <param name="Names">What their names are, none of which is that of a named one; null for any other name, written without escapes.</param>
internal sealed record OtherProperties(SchemaNode? Names, SchemaNode Value);
