namespace Serverless.Functions.Ingestion.State;

/// <summary>What a pass laid down is gone (the container's lifecycle rule may take it after days): the pass must start again.</summary>
public sealed class PassLostException(Exception? innerException = null) : Exception("The pipeline's intermediate results are gone.", innerException);
