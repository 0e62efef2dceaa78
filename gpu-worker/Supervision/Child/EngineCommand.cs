namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>
/// <c>gpu-worker engine</c>, which <c>serve</c> starts and nobody else: one model behind the engine protocol on standard input and output. It has no settings of its own and takes
/// none from its arguments or environment.
/// </summary>
internal static class EngineCommand
{
    public const string Name = "engine";

    /// <inheritdoc cref="ChildCommand.Run"/>
    public static int Run() => ChildCommand.Run((input, output, logs) =>
        new ChildHost(input, output, new ChildServices(new ChildLauncher(RankCommand.Name), TimeProvider.System, logs), TimeProvider.System).Run());
}
