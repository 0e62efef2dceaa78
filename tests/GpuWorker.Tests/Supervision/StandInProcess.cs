using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Supervision.Ranks;
using Serverless.GpuWorker.Supervision.Wire;
using Serverless.GpuWorker.Tests.Execution.Cuda;

namespace Serverless.GpuWorker.Tests.Supervision;

/// <summary>
/// This assembly as a program: the processes of a Llama on CUDA, whose ranks compute on the CPU. <c>rank</c> is a rank, <c>engine</c> an engine with a rank of its own that starts the others. What runs them,
/// speaks to them and ends them is the worker's.
/// </summary>
internal static class StandInProcess
{
    public static int Main(string[] args) => args switch
    {
        ["rank", var folder] => ChildCommand.Run((input, output, _) => new RankHost(input, output, Loader(folder)).Run()),
        ["engine", var folder] => ChildCommand.Run((input, output, logs) => new ChildHost(input, output, new Engines(folder, logs), TimeProvider.System).Run()),
        _ => 2,
    };

    /// <param name="command"><c>rank</c> or <c>engine</c>.</param>
    /// <param name="folder">Where groups meet.</param>
    public static IChildLauncher Launcher(string command, string folder) => new Launching(command, folder);

    public static StandInRankLoader Loader(string folder) => new(new MappedNccl(folder), TimeProvider.System);

    private sealed class Launching(string command, string folder) : IChildLauncher
    {
        public IChild Start()
        {
            // The worker's rules for a child's process, and another program in it.
            var start = ChildLauncher.StartInfo(command);
            var child = new ProcessStartInfo("dotnet", ["exec", typeof(StandInProcess).Assembly.Location, command, folder])
            {
                UseShellExecute = start.UseShellExecute,
                RedirectStandardInput = start.RedirectStandardInput,
                RedirectStandardOutput = start.RedirectStandardOutput,
                RedirectStandardError = start.RedirectStandardError,
            };
            child.Environment.Clear();
            foreach (var (name, value) in start.Environment) child.Environment[name] = value;
            return new ChildProcess(child);
        }
    }

    /// <summary>As the worker's own, but for CUDA and NCCL.</summary>
    private sealed class Engines(string folder, ILoggerFactory logs) : IChildServices
    {
        public IChildService Load(ChildModel model, Outbox outbox)
        {
            var engine = LlmEngine.Load(model.Llm!, TimeProvider.System, logs, (options, config) =>
            {
                var plan = CudaLlamaLoader.PlanRanks(options, config, new MappedNccl(folder).CreateUniqueId(), RankGroup.StepTimeout);
                var group = RankGroup.StartAsync(plan, Loader(folder), Launcher("rank", folder), TimeProvider.System, logs.CreateLogger<RankGroup>()).GetAwaiter().GetResult();
                return (group, plan.Engine.KvCacheBlocks);
            });
            return new LlmService(engine, new LoadedModel { ContextLength = engine.ContextLength }, outbox, TimeProvider.System);
        }
    }
}
