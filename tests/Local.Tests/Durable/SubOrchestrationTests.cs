using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Local.Tests.Durable;

public sealed class SubOrchestrationTests : IAsyncLifetime
{
    private readonly EngineFixture _engine = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    [Fact]
    public async Task CallSubOrchestratorAsync_Child_KnowsItsParentAndReturns()
    {
        _engine.Orchestrator("Child", context => Task.FromResult<object?>($"{context.Parent!.Name} {context.Parent.InstanceId} {context.GetInput<string>()}"));
        _engine.Orchestrator("Parent", async context =>
        {
            Assert.Null(context.Parent);
            return await context.CallSubOrchestratorAsync<string>("Child", "in", new SubOrchestrationOptions(instanceId: "c-1"));
        });
        await _engine.StartAsync();

        Assert.Equal("Parent p-1 in", (await _engine.Run("Parent", id: "p-1")).ReadOutputAs<string>());
        Assert.Equal("Child", (await _engine.Client.GetInstanceAsync("c-1"))!.Name);
    }

    [Fact]
    public async Task CallSubOrchestratorAsync_ManyWithoutIds_AllRun()
    {
        _engine.Noting();
        _engine.Orchestrator("Child", async context => await context.CallActivityAsync<string>("Note", context.GetInput<string>()));
        _engine.Orchestrator("Parent", async context =>
            await Task.WhenAll(Enumerable.Range(0, 10).Select(n => context.CallSubOrchestratorAsync<string>("Child", $"n{n}"))));
        await _engine.StartAsync();

        Assert.Equal(Enumerable.Range(0, 10).Select(n => $"N{n}"), (await _engine.Run("Parent")).ReadOutputAs<string[]>());
        Assert.Equal(10, _engine.Notes.Count);
    }

    [Fact]
    public async Task CallSubOrchestratorAsync_ChildFails_ParentSeesWhatItThrew()
    {
        _engine.Orchestrator("Child", _ => throw new FormatException("bad"));
        _engine.Orchestrator("Parent", async context =>
        {
            try
            {
                await context.CallSubOrchestratorAsync("Child");
                return "no failure";
            }
            catch (TaskFailedException e)
            {
                return $"{e.TaskName} {e.FailureDetails.ErrorType} {e.FailureDetails.ErrorMessage}";
            }
        });
        await _engine.StartAsync();

        Assert.Equal("Child System.FormatException bad", (await _engine.Run("Parent")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task CallSubOrchestratorAsync_FailureTwoLevelsDown_KeepsItsCauses()
    {
        _engine.Activity<string>("Break", _ => throw new FormatException("bad"));
        _engine.Orchestrator("Child", async context => await context.CallActivityAsync<string>("Break", "x"));
        _engine.Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<string>("Child"));
        await _engine.StartAsync();

        var failure = (await _engine.Run("Parent")).FailureDetails!;

        Assert.Equal(typeof(TaskFailedException).FullName, failure.ErrorType);
        Assert.Equal(typeof(TaskFailedException).FullName, failure.InnerFailure!.ErrorType);
        Assert.Equal(typeof(FormatException).FullName, failure.InnerFailure.InnerFailure!.ErrorType);
    }

    [Fact]
    public async Task CallSubOrchestratorAsync_IdOfALiveInstance_Fails()
    {
        _engine.Orchestrator("Waiter", async context => await context.WaitForExternalEvent<string>("go"));
        _engine.Orchestrator("Parent", async context =>
            await context.CallSubOrchestratorAsync<string>("Waiter", null, new SubOrchestrationOptions(instanceId: "taken")));
        await _engine.StartAsync();
        await _engine.Begin("Waiter", id: "taken");

        var failure = (await _engine.Run("Parent")).FailureDetails!.InnerFailure!;

        Assert.True(failure.IsCausedBy<global::DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException>());
        await _engine.Client.RaiseEventAsync("taken", "go", "on");
        Assert.Equal("on", (await _engine.End("taken")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task TerminateInstanceAsync_OfAChild_FailsItsParentsTask()
    {
        _engine.Orchestrator("Child", async context => await context.WaitForExternalEvent<string>("never"));
        _engine.Orchestrator("Parent", async context =>
            await context.CallSubOrchestratorAsync<string>("Child", null, new SubOrchestrationOptions(instanceId: "c")));
        await _engine.StartAsync();
        var id = await _engine.Begin("Parent");
        await _engine.Client.WaitForInstanceStartAsync("c");

        await _engine.Client.TerminateInstanceAsync("c");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await _engine.End(id)).RuntimeStatus);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TerminateInstanceAsync_OfAParent_TakesItsChildrenOnlyWhenRecursive(bool recursive)
    {
        _engine.Orchestrator("Grandchild", async context => await context.WaitForExternalEvent<string>("go"));
        _engine.Orchestrator("Child", async context =>
            await context.CallSubOrchestratorAsync<string>("Grandchild", null, new SubOrchestrationOptions(instanceId: "g")));
        _engine.Orchestrator("Parent", async context =>
            await context.CallSubOrchestratorAsync<string>("Child", null, new SubOrchestrationOptions(instanceId: "c")));
        await _engine.StartAsync();
        var id = await _engine.Begin("Parent");
        await _engine.Client.WaitForInstanceStartAsync("g");

        await _engine.Client.TerminateInstanceAsync(id, new TerminateInstanceOptions("over", recursive));

        Assert.Equal("over", (await _engine.End(id)).ReadOutputAs<string>());
        if (!recursive) await _engine.Client.RaiseEventAsync("g", "go", "on");
        Assert.Equal(recursive ? OrchestrationRuntimeStatus.Terminated : OrchestrationRuntimeStatus.Completed, (await _engine.End("c")).RuntimeStatus);
        Assert.Equal(recursive ? OrchestrationRuntimeStatus.Terminated : OrchestrationRuntimeStatus.Completed, (await _engine.End("g")).RuntimeStatus);
    }
}
