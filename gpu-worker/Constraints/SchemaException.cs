namespace Serverless.GpuWorker.Constraints;

/// <summary>A schema that cannot be enforced. The message names the keyword and what is permitted, and quotes nothing else of the schema.</summary>
public sealed class SchemaException(string message, Exception? innerException = null) : Exception(message, innerException);
