using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Hosting;

public sealed class ParentWatchTests
{
    [Fact]
    public async Task Watch_StandardInputEnds_StopsTheWorker()
    {
        await using var worker = await WorkerUnderTest.StartAsync();
        worker.Engine.BeforeToken = (_, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);
        var pending = worker.PostAsync("/v1/completions", new { prompt = "a" });
        await WorkerUnderTest.UntilAsync(() => worker.Engine.Running == 1, "the request to run");

        var pipe = new Pipe();
        var lifetime = worker.App.Services.GetRequiredService<IHostApplicationLifetime>();
        var watch = new ParentWatch(pipe.Reader.AsStream(), worker.State, lifetime, NullLogger<ParentWatch>.Instance);
        await watch.StartAsync(CancellationToken.None);
        await pipe.Writer.WriteAsync("what a parent says means nothing"u8.ToArray());
        Assert.False(lifetime.ApplicationStopping.IsCancellationRequested);

        var exit = worker.App.WaitForShutdownAsync();
        await pipe.Writer.CompleteAsync();
        await exit.WaitAsync(WorkerUnderTest.Deadline);
        (await pending).Dispose();
    }
}
