namespace Serverless.Local.Durable.Storage;

/// <summary>The durable engine has stopped; its state is safe and is taken up at the next start.</summary>
internal sealed class EngineStoppedException(Exception? cause = null)
    : InvalidOperationException("The durable engine has stopped; its state is taken up at the next start.", cause);
