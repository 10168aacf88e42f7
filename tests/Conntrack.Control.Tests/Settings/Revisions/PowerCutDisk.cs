using Conntrack.Control.Settings.Revisions;

namespace Conntrack.Control.Tests.Settings.Revisions;

/// <summary>The machine is off.</summary>
#pragma warning disable CA1032, CA1064 // Nobody but the tests throws it.
sealed class PowerCutException : Exception;
#pragma warning restore CA1032, CA1064

/// <summary>
/// A disk as a file system promises it and no better: contents that were not synced may be lost, cut or zeros after a power cut; of the
/// names made, replaced and removed since the directory was synced any may have arrived and any not, whatever their order. Every call is a
/// step, and at any step power may fail or the disk refuse.
/// </summary>
sealed class PowerCutDisk(Random random) : IStateFiles
{
    /// <summary>ENOSPC.</summary>
    const int NoSpace = 28;

    sealed class Contents(byte[] cached, byte[] durable)
    {
        public byte[] Cached { get; set; } = cached;

        /// <summary>Null while nothing is certain.</summary>
        public byte[]? Durable { get; set; } = durable;
    }

    readonly Dictionary<string, Contents> _names = [];
    readonly Dictionary<string, Contents> _durableNames = [];
    readonly List<(string Name, Contents? Is)[]> _underWay = [];
    bool _off;

    public int Steps { get; private set; }

    /// <summary>The step, from now on, at which power fails; 0 for never.</summary>
    public int CutIn { get; set; }

    /// <summary>The step, from now on, that the disk refuses; 0 for none.</summary>
    public int RefuseIn { get; set; }

    /// <summary>A disk that says "synced" at once.</summary>
    public bool Lies { get; init; }

    public string PathOf(string name) => "disk/" + name;

    public IReadOnlyList<string> List() => [.. _names.Keys];

    public byte[] Read(string name) => _names.TryGetValue(name, out Contents? file) ? file.Cached : throw new FileNotFoundException(null, name);

    public void Write(string name, ReadOnlySpan<byte> contents)
    {
        byte[] all = contents.ToArray();
        bool isNew = !_names.TryGetValue(name, out Contents? file);
        file ??= new Contents([], []);
        Step(
            () =>
            {
                file.Cached = all;
                Made();
            },
            () =>
            {
                file.Cached = all[..random.Next(all.Length)];
                Made();
            });

        void Made()
        {
            file.Durable = null;
            if (isNew)
            {
                Change((name, file));
            }
        }
    }

    public void Sync(string name) => Step(() =>
    {
        if (!Lies)
        {
            _names[name].Durable = _names[name].Cached;
        }
    });

    public void Rename(string name, string newName) => Step(() => Change((newName, _names[name]), (name, null)));

    public void Remove(string name) => Step(() => Change((name, null)));

    public void SyncNames() => Step(() =>
    {
        if (!Lies)
        {
            _underWay.ForEach(change => Put(_durableNames, change));
            _underWay.Clear();
        }
    });

    public void Dispose()
    {
    }

    /// <summary>What the next start finds.</summary>
    public PowerCutDisk AfterPowerCut()
    {
        foreach ((string, Contents?)[] change in _underWay.Where(_ => random.Next(2) == 0))
        {
            Put(_durableNames, change);
        }

        return With(_durableNames.Select(file => (file.Key, file.Value.Durable ?? Remains(file.Value.Cached))));
    }

    /// <summary>What the next start finds when only the process ended.</summary>
    public PowerCutDisk AfterKill() => With(_names.Select(file => (file.Key, file.Value.Cached)));

    PowerCutDisk With(IEnumerable<(string Name, byte[] Contents)> files)
    {
        var disk = new PowerCutDisk(random) { Lies = Lies };
        foreach ((string name, byte[] contents) in files)
        {
            disk._names[name] = disk._durableNames[name] = new Contents(contents, contents);
        }

        return disk;
    }

    byte[] Remains(byte[] cached) => random.Next(4) switch
    {
        0 => [],
        1 => new byte[cached.Length],
        2 => cached[..random.Next(cached.Length + 1)],
        _ => cached,
    };

    void Change(params (string Name, Contents? Is)[] change)
    {
        Put(_names, change);
        _underWay.Add(change);
    }

    static void Put(Dictionary<string, Contents> names, (string Name, Contents? Is)[] change)
    {
        foreach ((string name, Contents? file) in change)
        {
            if (file is null)
            {
                names.Remove(name);
            }
            else
            {
                names[name] = file;
            }
        }
    }

    /// <param name="whole">What the call does.</param>
    /// <param name="half">What it has done when it stops in the middle; nothing unless said.</param>
    void Step(Action whole, Action? half = null)
    {
        if (_off)
        {
            throw new PowerCutException();
        }

        Steps++;
        bool refused = RefuseIn > 0 && --RefuseIn == 0;
        _off = CutIn > 0 && --CutIn == 0;
        if (!refused && !_off)
        {
            whole();
            return;
        }

        // Before the call, in the middle of it, or behind it but unheard.
        switch (random.Next(_off ? 3 : 2))
        {
            case 0:
                break;
            case 1:
                half?.Invoke();
                break;
            default:
                whole();
                break;
        }

        throw refused && !_off ? new IOException("No space left on device", NoSpace) : new PowerCutException();
    }
}
