namespace Serverless.FunctionsHost.Worker;

/// <summary>The worker ended during an invocation. By this name of the type the Durable extension knows to run an orchestrator again rather than fail it.</summary>
internal sealed class WorkerProcessExitException() : Exception("The worker process exited.");
