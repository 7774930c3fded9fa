/** @file job_lua.h  Jobs as drivers get them: begun, waited for, let go of. */
#ifndef WWS_LUA_JOB_LUA_H
#define WWS_LUA_JOB_LUA_H

#include "base/job.h"
#include "lua/glue.h"

/** Pushes @p job (class wws.job), not begun yet. It is taken, also when this raises. */
void wws_lua_job_push(lua_State *L, const wws_job *job);

/** Registers the class. */
void wws_lua_open_job(lua_State *L);

#endif
