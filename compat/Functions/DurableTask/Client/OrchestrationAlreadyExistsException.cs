namespace Microsoft.DurableTask.Client;

public class OrchestrationAlreadyExistsException(string message) : InvalidOperationException(message);
