using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Serverless.Benchmarks.Gateway;

/// <summary>Takes the app's composition where no Functions worker runs: its services, and its middleware in the order of their use.</summary>
internal sealed class AppPipeline(IServiceCollection services) : IFunctionsWorkerApplicationBuilder
{
    public List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> Middleware { get; } = [];

    public IServiceCollection Services { get; } = services;

    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
    {
        Middleware.Add(middleware);
        return this;
    }
}
