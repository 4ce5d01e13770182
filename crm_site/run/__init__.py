"""Starts, supervises and stops the processes of Catchment; knows nothing of Django until it calls it.

Everything is kept in one folder, `var/` of the checkout, or the one `CRM_VAR` names:

    var/secrets/       passwords and keys, made once (mode 0600)
    var/postgres/data  the cluster; var/valkey the queue's append-only file; var/files uploads
    var/log/NAME.log   what each process said
    var/run/           state.json, lock files, the scheduler's memory

What other code may use:

    from crm_site.run import engines, tree

    with engines.start(folder, durable=False) as servers:      # PostgreSQL and Valkey, no supervision
        servers.env                                            # CRM_DATABASE_URL, CRM_REDIS_URL, …

    with tree.start(folder, durable=False) as crm:             # the whole product, as `./crm run` starts it
        crm.address                                            # "http://127.0.0.1:40123"
        crm.kill("worker")                                     # kill -9 by name; returns the pid that died
        crm.wait_for_restart("worker", pid)                    # the new pid

Names of processes: postgres, valkey, web, worker, bulk, beat; demo while demo data load.

`var/run/state.json`, replaced atomically at each change:

    {"format": 1,
     "supervisor": {"pid": 4711, "started": 1763759000.5, "command": "./crm run", "token": "9f…"} or null,
     "phase": "starting" | "serving" | "stopping" | "stopped",
     "address": "http://127.0.0.1:8000" or null,
     "demo": true,
     "processes": {"web": {"pid": 4720, "started": 1763759003.1, "restarts": 0,
                           "supervised": true, "log": "/…/var/log/web.log"}}}

`started` is the moment the kernel knows for that pid: a pid that was given away since is not ours. Processes started
alone with `./crm serve` stand there with `"supervised": false`.
"""
