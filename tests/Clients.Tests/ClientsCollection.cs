namespace Serverless.Clients.Tests;

/// <summary>One gateway for all clients, which leave it as they found it.</summary>
[CollectionDefinition("clients")]
public sealed class ClientsCollection : ICollectionFixture<ClientsFixture>;
